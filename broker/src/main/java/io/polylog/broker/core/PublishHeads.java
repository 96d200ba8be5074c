package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.command.PublishCommand;
import org.jspecify.annotations.Nullable;

/// The heads of one message for the streams of one shard: so many at a time, each with the hash of
/// the key it orders by, where some do. Used by one thread.
final class PublishHeads {
    private final RoutePlan.Leg leg;
    private final Content content;
    private final @Nullable Origin origin;
    private final @Nullable KeyDigest id;
    private final int @Nullable [] keyHashes;

    /// @param origin where it was published to, or null where no target asks
    /// @param address what it is published to now
    /// @param id of the message, or null where no target asks or it has none
    PublishHeads(
            RoutePlan.Leg leg,
            Content content,
            @Nullable Origin origin,
            Address address,
            @Nullable KeyDigest id) {
        this.leg = leg;
        this.content = content;
        this.origin = origin;
        this.id = id;
        keyHashes = leg.orders() == null ? null : OrderingKeys.hashes(leg.orders(), address);
    }

    /// Writes the head for the streams from `from` on.
    ///
    /// @param most streams of a head without hashes: with them, half of it
    /// @return the first stream it has no place for
    int encode(HeadWriter out, int from, int most) {
        boolean ordered = keyHashes != null;
        int count = Math.min(ordered ? most / 2 : most, leg.streams().length - from);
        PublishCommand.encode(out, content, origin, ordered, id);
        PublishCommand.encode(out, leg.streams(), from, count);
        if (keyHashes != null) {
            PublishCommand.encodeKeyHashes(out, keyHashes, from, count);
        }
        return from + count;
    }
}
