/// Tests of the whole broker with Kafka's clients: the Java one, kcat (librdkafka), kafkajs and
/// kafka-python.
@NullMarked
package io.polylog.interop.kafka;

import org.jspecify.annotations.NullMarked;
