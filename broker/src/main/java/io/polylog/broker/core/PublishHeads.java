package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PublishCommand;
import org.jspecify.annotations.Nullable;

/// The heads of one message for the streams of one shard: so many at a time, each with the hash of
/// the key it orders by, where some do. Used by one thread.
final class PublishHeads {
    private final RoutePlan.Leg leg;
    private final Content content;
    private final @Nullable Origin origin;
    private final int @Nullable [] keyHashes;

    /// @param origin where it was published to, or null where no target asks
    /// @param address what it is published to now
    PublishHeads(RoutePlan.Leg leg, Content content, @Nullable Origin origin, Address address) {
        this.leg = leg;
        this.content = content;
        this.origin = origin;
        keyHashes = leg.orders() == null ? null : OrderingKeys.hashes(leg.orders(), address);
    }

    /// Writes the head for the streams from `from` on.
    ///
    /// @param most streams of a head without hashes: with them, half of it
    /// @return the first stream it has no place for
    int encode(HeadWriter out, int from, int most) {
        int left = leg.streams().length - from;
        if (keyHashes == null) {
            int count = Math.min(most, left);
            PublishCommand.encode(out, content, origin, false);
            PublishCommand.encode(out, leg.streams(), from, count);
            return from + count;
        }
        int count = Math.min(most / 2, left);
        PublishCommand.encodeOrdered(out, content, origin);
        PublishCommand.encode(out, leg.streams(), from, count);
        PublishCommand.encodeKeyHashes(out, keyHashes, from, count);
        return from + count;
    }
}
