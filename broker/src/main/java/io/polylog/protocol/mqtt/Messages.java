package io.polylog.protocol.mqtt;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;

/// Where messages of MQTT go and what is stored of them. Stateless; any thread.
final class Messages {
    private static final int MS_PER_SECOND = 1000;

    private Messages() {}

    /// Whether clients may publish there: not what the broker and the sessions have to themselves.
    static boolean isOpen(String topic) {
        if (!topic.startsWith("$")) {
            return true;
        }
        String queue = ReplyTopics.queue(topic);
        return queue == null
                ? !topic.startsWith(Filter.SYSTEM) && !isSessions(topic)
                : !isSessions(queue);
    }

    private static boolean isSessions(String name) {
        return name.startsWith(Filter.SHARED) || name.startsWith(ClientKey.PREFIX);
    }

    /// @param subject that the topic names
    static Address address(String namespace, String topic, String subject) {
        String queue = ReplyTopics.queue(topic);
        return queue == null
                ? new Address.Subject(namespace, subject)
                : new Address.Direct(new TopicName(namespace, queue), -1);
    }

    /// What somebody must be permitted to write.
    static String permitted(String topic, String subject) {
        String queue = ReplyTopics.queue(topic);
        return queue == null ? subject : queue;
    }

    static Content content(ByteBuffer stored, long expirySeconds) {
        Envelope envelope =
                expirySeconds < 0
                        ? Envelope.PLAIN
                        : new Envelope(0, expirySeconds * MS_PER_SECOND, -1, null);
        return new Content(MqttMapping.ENCODING, envelope, stored);
    }

    static Publication direct(TopicName queue, ByteBuffer stored, long expirySeconds) {
        return new Publication(new Address.Direct(queue, 0), content(stored, expirySeconds));
    }
}
