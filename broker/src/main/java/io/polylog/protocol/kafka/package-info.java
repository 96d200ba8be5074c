/// The Kafka wire protocol: unmodified Kafka clients on the broker's topics and queues. `server`
/// makes one [io.polylog.protocol.kafka.KafkaProtocol]; everything of a connection runs on that
/// connection's event loop. Kafka's own group coordinator, embedded in
/// [io.polylog.protocol.kafka.embedded], has a thread of its own and is reached only through
/// futures.
///
/// The request and response classes are Kafka's generated ones. Kafka's record classes are not a
/// public API: only `KafkaRecords` names them.
@NullMarked
package io.polylog.protocol.kafka;

import org.jspecify.annotations.NullMarked;
