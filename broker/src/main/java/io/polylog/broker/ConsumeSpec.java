package io.polylog.broker;

import org.jspecify.annotations.Nullable;

/// How a consumer wants to be fed.
///
/// @param subscription what it takes part in; a named subscription of a topic with n partitions
///   covers them all
/// @param settleOnSend nothing will be settled by the consumer: the settlement is durable before
///   the delivery (at most once)
/// @param exclusive nobody else may consume from it meanwhile
/// @param priority higher ones are served first while they have credit
/// @param credit deliveries it may have unsettled at once; Integer.MAX_VALUE for no limit
/// @param start where a cursor begins, or the subscription if this consumer is the first to attach
///   to it; of no meaning where it exists, nor on a queue's own
/// @param interest what a named subscription is made for: one that exists has what it was made
///   with, and another is a conflict; of a cursor, which messages it delivers; of a queue's
///   consumer, which messages it takes: the others stay for other consumers
/// @param shared a limit of this session that it keeps to with others, or null; not one that
///   settles on send
/// @param reads of a queue, whether it reads for itself what the queue holds, by a cursor, and
///   takes nothing from others; a topic itself is read by cursors in any case
public record ConsumeSpec(
        SubscriptionRef subscription,
        boolean settleOnSend,
        boolean exclusive,
        int priority,
        int credit,
        Start start,
        Interest interest,
        @Nullable SharedCredit shared,
        boolean reads) {

    /// Of all messages.
    public ConsumeSpec(
            SubscriptionRef subscription,
            boolean settleOnSend,
            boolean exclusive,
            int priority,
            int credit,
            Start start,
            @Nullable SharedCredit shared) {
        this(
                subscription,
                settleOnSend,
                exclusive,
                priority,
                credit,
                start,
                Interest.ALL,
                shared,
                false);
    }

    /// The same with a filter.
    public ConsumeSpec with(Filter filter) {
        return with(
                new Interest(
                        filter,
                        interest.messageMs(),
                        interest.retryLimit(),
                        interest.ackTimeoutMs(),
                        interest.note()));
    }

    /// The same with another interest.
    public ConsumeSpec with(Interest other) {
        return new ConsumeSpec(
                subscription,
                settleOnSend,
                exclusive,
                priority,
                credit,
                start,
                other,
                shared,
                reads);
    }

    /// From now on, where the subscription is not there yet; with no limit but its own.
    public ConsumeSpec(
            SubscriptionRef subscription,
            boolean settleOnSend,
            boolean exclusive,
            int priority,
            int credit) {
        this(subscription, settleOnSend, exclusive, priority, credit, Start.Edge.NEXT, null);
    }

    /// Where a subscription begins.
    public sealed interface Start {
        /// By what a partition holds.
        enum Edge implements Start {
            /// The oldest record kept.
            FIRST,
            /// The newest record: the whole batch where it is one.
            LAST,
            /// What is stored from now on.
            NEXT
        }

        /// An offset in each partition; one that is not kept any more means the oldest that is.
        record Offset(long offset) implements Start {}

        /// The first record of this time or later, in milliseconds since 1970.
        record Time(long timeMs) implements Start {}
    }
}
