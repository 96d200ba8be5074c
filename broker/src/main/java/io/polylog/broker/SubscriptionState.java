package io.polylog.broker;

import java.util.ArrayList;
import java.util.List;

/// What a named subscription is owed now, and how it is served.
///
/// @param name its name
/// @param interest what it was made for
/// @param paused whether nobody is given anything
/// @param consumers attached consumers
/// @param shares its shares, one for each partition that is meant
public record SubscriptionState(
        String name, Interest interest, boolean paused, int consumers, List<Share> shares) {
    public SubscriptionState {
        shares = List.copyOf(shares);
    }

    /// Its share in a partition. What it has not settled is ready, in flight or hidden.
    ///
    /// @param partition the partition's number
    /// @param floor everything below is settled
    /// @param deliveredEnd one past the newest offset known to have been given to somebody, or to
    ///   be settled
    /// @param end the partition's next offset
    /// @param ready messages that wait for a consumer
    /// @param inFlight messages that are with somebody, or cannot be read
    /// @param hidden messages that wait for their time
    /// @param redelivered messages that came back at least once, wherever they are now
    public record Share(
            int partition,
            long floor,
            long deliveredEnd,
            long end,
            long ready,
            long inFlight,
            long hidden,
            long redelivered) {}

    /// Messages of all shares that are not settled.
    public long unsettled() {
        return shares.stream().mapToLong(s -> s.ready + s.inFlight + s.hidden).sum();
    }

    /// The same with the shares of another partition.
    public SubscriptionState with(SubscriptionState other) {
        List<Share> all = new ArrayList<>(shares);
        all.addAll(other.shares);
        return new SubscriptionState(
                name, interest, paused, Math.max(consumers, other.consumers), all);
    }
}
