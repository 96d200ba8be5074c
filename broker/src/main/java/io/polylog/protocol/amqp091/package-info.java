/// AMQP 0-9-1 as RabbitMQ speaks it. Five types carry it:
/// [io.polylog.protocol.amqp091.Amqp091Protocol] (name, port, settings),
/// [io.polylog.protocol.amqp091.AmqpFrame] (one record per method),
/// [io.polylog.protocol.amqp091.AmqpCodec] (bytes to frames and back, pure),
/// [io.polylog.protocol.amqp091.AmqpConnection] with its [io.polylog.protocol.amqp091.AmqpChannel]s
/// (the wire's verbs), and [io.polylog.protocol.amqp091.AmqpMapping] (stored bytes, neutral
/// message, the core's errors).
///
/// Called by `net` on the connection's event loop; everything here runs on that loop except
/// [io.polylog.protocol.amqp091.AmqpMapping], which any thread may use.
@NullMarked
package io.polylog.protocol.amqp091;

import org.jspecify.annotations.NullMarked;
