package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.Map;

/// RabbitMQ's direct reply-to: who consumes the pseudo-queue gets a queue of his own, in memory,
/// named in the reply-to of every request that he publishes on the same channel.
final class DirectReply {
    static final String NAME = "amq.rabbitmq.reply-to";
    static final byte[] NAME_BYTES = NAME.getBytes(US_ASCII);

    private DirectReply() {}

    /// The queue behind the pseudo-queue of one channel.
    static TopicSpec queue(String virtualHost, String unique) {
        return new TopicSpec(
                new TopicName(virtualHost, NAME + "." + unique),
                Form.MESSAGES,
                1,
                Retention.QUEUE,
                new Lifetime(false, true, true, false, false),
                Map.of());
    }

    /// Whether a message is a reply to one of these queues.
    static boolean isTo(Address address) {
        return address instanceof Address.Via via
                && via.exchange().isEmpty()
                && via.routingKey().startsWith(NAME + ".");
    }

    static AmqpException noConsumer() {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED, "fast reply consumer does not exist");
    }

    static AmqpException mustNotAck() {
        return AmqpException.of(ReplyCode.PRECONDITION_FAILED, "reply consumer cannot acknowledge");
    }

    static AmqpException alreadySet() {
        return AmqpException.of(ReplyCode.PRECONDITION_FAILED, "reply consumer already set");
    }
}
