package io.polylog.broker;

/// How a consumer wants to be fed.
///
/// @param subscription what it takes part in; a named subscription of a topic with n partitions
///   covers them all
/// @param settleOnSend nothing will be settled by the consumer: the settlement is durable before
///   the delivery (at most once)
/// @param exclusive nobody else may consume from it meanwhile
/// @param priority higher ones are served first while they have credit
/// @param credit deliveries it may have unsettled at once; Integer.MAX_VALUE for no limit
public record ConsumeSpec(
        SubscriptionRef subscription,
        boolean settleOnSend,
        boolean exclusive,
        int priority,
        int credit) {}
