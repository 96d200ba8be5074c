package io.polylog.protocol.nats;

import org.jspecify.annotations.Nullable;

/// Addresses for replies: NATS' reply subject against what other protocols say in their reply-to. A
/// queue there is `$queue.NAME` here, and a subject here is `/topic/SUBJECT` there. Who answers in
/// NATS does not repeat a correlation id, so a reply subject carries it where the request has one:
/// `$queue.NAME.ID`, `$topic.ID.SUBJECT`; the answer gets it back. Stateless; any thread.
final class ReplySubjects {
    private static final String QUEUE = "$queue.";
    private static final String TOPIC = "$topic.";

    /// Before a subject, in what others say.
    private static final String SUBJECT = "/topic/";

    private ReplySubjects() {}

    /// What a subject of one of these forms means.
    ///
    /// @param queue to publish to directly, or null
    /// @param subject of NATS to publish on, where there is no queue
    /// @param correlation id of the request, or null
    record Target(@Nullable String queue, String subject, @Nullable String correlation) {}

    /// Where a message published on a subject goes.
    static Target target(String subject) {
        if (subject.startsWith(QUEUE)) {
            String name = subject.substring(QUEUE.length());
            int dot = name.indexOf('.');
            String queue = NatsSubjects.text(dot < 0 ? name : name.substring(0, dot));
            if (!queue.isEmpty()) {
                String id = dot < 0 ? null : NatsSubjects.text(name.substring(dot + 1));
                return new Target(queue, subject, id);
            }
        } else if (subject.startsWith(TOPIC)) {
            String rest = subject.substring(TOPIC.length());
            int dot = rest.indexOf('.');
            if (dot > 0 && dot < rest.length() - 1) {
                String id = NatsSubjects.text(rest.substring(0, dot));
                return new Target(null, rest.substring(dot + 1), id);
            }
        }
        return new Target(null, subject, null);
    }

    /// What others read of a reply subject; null for none.
    static @Nullable String neutral(String reply) {
        if (reply.isEmpty()) {
            return null;
        }
        Target target = target(reply);
        return target.queue == null ? SUBJECT + NatsSubjects.neutral(target.subject) : target.queue;
    }

    /// The reply subject for what others call their reply-to and correlation id; "" for none.
    static String reply(@Nullable String replyTo, @Nullable String correlation) {
        if (replyTo == null || replyTo.isEmpty()) {
            return "";
        }
        String id = correlation == null || correlation.isEmpty() ? "" : token(correlation);
        if (replyTo.startsWith(SUBJECT)) {
            String subject = NatsSubjects.subject(replyTo.substring(SUBJECT.length()));
            return id.isEmpty() ? subject : TOPIC + id + "." + subject;
        }
        return QUEUE + token(replyTo) + (id.isEmpty() ? "" : "." + id);
    }

    private static String token(String text) {
        return NatsSubjects.token(text);
    }
}
