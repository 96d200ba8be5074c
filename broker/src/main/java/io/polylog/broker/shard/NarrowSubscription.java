package io.polylog.broker.shard;

import io.polylog.broker.Interest;

/// A named subscription that was not made for everything, has rules or a note of its own, or has an
/// id that another had before: the others need no place for that.
final class NarrowSubscription extends Subscription {
    private Interest interest;
    private final long round;

    NarrowSubscription(long id, long round, String name, long floor, Interest interest) {
        super(id, name, floor);
        this.round = round;
        this.interest = interest;
    }

    @Override
    Interest named() {
        return interest;
    }

    /// From now on it is for something else; the caller has touched it.
    void alter(Interest other) {
        interest = other;
    }

    @Override
    long round() {
        return round;
    }
}
