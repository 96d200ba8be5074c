/// MQTT 3.1, 3.1.1 and 5. Five types carry it: [io.polylog.protocol.mqtt.MqttProtocol] (name, port,
/// what all connections share), [io.polylog.protocol.mqtt.MqttFrame] (one record per packet),
/// [io.polylog.protocol.mqtt.MqttCodec] (bytes to packets, pure;
/// [io.polylog.protocol.mqtt.MqttWriter] is the way back),
/// [io.polylog.protocol.mqtt.MqttConnection] with its [io.polylog.protocol.mqtt.ClientSession] (the
/// wire's verbs), and [io.polylog.protocol.mqtt.MqttMapping] (stored bytes, neutral message, the
/// core's errors).
///
/// Called by `net` on the connection's event loop; everything here runs on that loop except
/// [io.polylog.protocol.mqtt.MqttMapping], which any thread may use, and what says so.
@NullMarked
package io.polylog.protocol.mqtt;

import org.jspecify.annotations.NullMarked;
