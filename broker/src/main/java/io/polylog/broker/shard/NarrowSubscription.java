package io.polylog.broker.shard;

import io.polylog.broker.Interest;

/// A named subscription that was not made for everything, or has rules of its own: the others need
/// no place for that.
final class NarrowSubscription extends Subscription {
    private final Interest interest;

    NarrowSubscription(long id, long round, String name, long floor, Interest interest) {
        super(id, round, name, floor);
        this.interest = interest;
    }

    @Override
    Interest named() {
        return interest;
    }
}
