package io.polylog.broker.shard;

import io.polylog.broker.Filter;

/// A named subscription that was made with a filter: the others need no place for one.
final class FilteredSubscription extends Subscription {
    private final Filter filter;

    FilteredSubscription(long id, String name, long floor, Filter filter) {
        super(id, name, floor);
        this.filter = filter;
    }

    @Override
    Filter filter(Stream stream) {
        return filter;
    }

    @Override
    Filter named() {
        return filter;
    }
}
