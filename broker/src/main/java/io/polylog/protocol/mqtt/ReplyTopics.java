package io.polylog.protocol.mqtt;

import org.jspecify.annotations.Nullable;

/// Addresses for replies: the response topic of MQTT 5 against what other protocols say in their
/// reply-to. A queue there is the topic `$queue/NAME` here, and a topic here is `/topic/SUBJECT`
/// there. Stateless; any thread.
final class ReplyTopics {
    /// Before the name of a queue or topic that is published to directly.
    static final String QUEUE = "$queue/";

    /// Before a subject, in what others say.
    private static final String SUBJECT = "/topic/";

    private ReplyTopics() {}

    /// What others read of a response topic.
    static @Nullable String neutral(@Nullable String responseTopic) {
        if (responseTopic == null) {
            return null;
        }
        return responseTopic.startsWith(QUEUE)
                ? TopicNames.unescaped(responseTopic.substring(QUEUE.length()))
                : SUBJECT + TopicNames.subject(responseTopic);
    }

    /// The response topic for what others call their reply-to.
    static String topic(String replyTo) {
        return replyTo.startsWith(SUBJECT)
                ? TopicNames.topic(replyTo.substring(SUBJECT.length()))
                : QUEUE + TopicNames.escaped(replyTo);
    }

    /// The name of the queue that a topic is the direct address of, or null.
    static @Nullable String queue(String topic) {
        return topic.startsWith(QUEUE) && topic.length() > QUEUE.length()
                ? TopicNames.unescaped(topic.substring(QUEUE.length()))
                : null;
    }
}
