package io.polylog.protocol.amqp091;

import io.polylog.broker.Definitions;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import org.jspecify.annotations.Nullable;

/// What a queue name means: a queue or topic of that very name; else `T-n`, the partition n of a
/// topic T; else `A::S`, the durable subscription S of a topic or a partition with address A.
final class QueueAddress {
    private static final String SUBSCRIPTION_MARK = "::";
    private static final char PARTITION_MARK = '-';

    /// No topic has a partition with a longer number.
    private static final int MOST_DIGITS = 5;

    private QueueAddress() {}

    /// What the name means now, or null when nothing.
    static @Nullable SubscriptionRef find(Definitions definitions, TopicName name) {
        SubscriptionRef whole = bare(definitions, name);
        if (whole != null) {
            return whole;
        }
        String address = name.name();
        int mark = address.indexOf(SUBSCRIPTION_MARK);
        if (mark <= 0 || mark + SUBSCRIPTION_MARK.length() == address.length()) {
            return null;
        }
        String subscription = address.substring(mark + SUBSCRIPTION_MARK.length());
        SubscriptionRef of =
                bare(definitions, new TopicName(name.namespace(), address.substring(0, mark)));
        return of == null ? null : new SubscriptionRef(of.topic(), subscription, of.partition());
    }

    private static @Nullable SubscriptionRef bare(Definitions definitions, TopicName name) {
        return definitions.topic(name) == null
                ? partition(definitions, name)
                : new SubscriptionRef(name, "");
    }

    private static @Nullable SubscriptionRef partition(Definitions definitions, TopicName name) {
        String address = name.name();
        int mark = address.lastIndexOf(PARTITION_MARK);
        int number = number(address.substring(mark + 1));
        if (mark <= 0 || number < 0) {
            return null;
        }
        TopicName of = new TopicName(name.namespace(), address.substring(0, mark));
        Topic topic = definitions.topic(of);
        return topic == null || topic.spec().isQueue() || number >= topic.partitions().size()
                ? null
                : new SubscriptionRef(of, "", number);
    }

    /// -1 for what is no number, or not written as one is.
    private static int number(String digits) {
        boolean zeroAhead = digits.length() > 1 && digits.charAt(0) == '0';
        return digits.isEmpty()
                        || digits.length() > MOST_DIGITS
                        || zeroAhead
                        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')
                ? -1
                : Integer.parseInt(digits);
    }
}
