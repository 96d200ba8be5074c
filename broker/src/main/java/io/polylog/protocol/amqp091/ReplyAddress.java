package io.polylog.protocol.amqp091;

import io.polylog.protocol.amqp091.AmqpFrame.BasicPublish;

/// The address of a reply, where a client of another protocol asked for it on a subject: its
/// `reply-to` is `/topic/SUBJECT`. AMQP's clients answer to the default exchange with that as the
/// key, and mean the subject.
final class ReplyAddress {
    private static final String SUBJECT = "/topic/";
    private static final ShortString SUBJECTS = ShortString.of("amq.topic");

    private ReplyAddress() {}

    /// The same message, to the exchange of the subject space where its key says so.
    static BasicPublish resolved(BasicPublish method) {
        if (!method.exchange().isEmpty() || !method.routingKey().text().startsWith(SUBJECT)) {
            return method;
        }
        String subject = method.routingKey().text().substring(SUBJECT.length());
        return new BasicPublish(
                SUBJECTS, ShortString.of(subject), method.mandatory(), method.immediate());
    }
}
