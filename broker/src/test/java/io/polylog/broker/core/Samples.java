package io.polylog.broker.core;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.Binding;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// What the tests declare and publish.
final class Samples {
    static final byte PLAIN = 7;
    static final byte BATCH = 9;

    private Samples() {}

    static TopicSpec queue(String name) {
        return queue(name, Lifetime.DURABLE);
    }

    static TopicSpec queue(String name, Lifetime lifetime) {
        return new TopicSpec(
                TopicName.of(name), Form.MESSAGES, 1, Retention.QUEUE, lifetime, Map.of());
    }

    static TopicSpec transientQueue(String name) {
        return queue(name, new Lifetime(false, false, false, true, false));
    }

    static TopicSpec exclusiveQueue(String name) {
        return queue(name, new Lifetime(false, false, true, false, false));
    }

    static TopicSpec log(String name, int partitions) {
        return new TopicSpec(
                TopicName.of(name),
                Form.BATCHES,
                partitions,
                Retention.FOREVER,
                Lifetime.DURABLE,
                Map.of());
    }

    static Content content(String text) {
        return new Content(PLAIN, Envelope.PLAIN, bytes(text));
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static String text(Content content) {
        return StandardCharsets.UTF_8.decode(content.bytes().duplicate()).toString();
    }

    static String text(Delivery delivery) {
        return text(delivery.content());
    }

    static Publication to(String queue, String text) {
        return new Publication(new Address.Direct(TopicName.of(queue), -1), content(text));
    }

    static Publication via(String exchange, String key, String text) {
        return new Publication(new Address.Via("/", exchange, key, Map::of), content(text));
    }

    static Binding binding(String exchange, String queue, String key) {
        return new Binding("/", exchange, false, queue, key, Map.of());
    }

    /// A batch of records, as the topic's own clients send them.
    static Append batch(String topic, int partition, ProducerStamp stamp, String... records) {
        List<Content> opened = List.of(records).stream().map(Samples::content).toList();
        return new Append(
                TopicName.of(topic),
                partition,
                stamp,
                BATCH,
                records.length,
                1,
                bytes(String.join(",", records)),
                opened);
    }
}
