package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.command.PublishCommand.Wants;
import org.jspecify.annotations.Nullable;

/// The heads of one message for the streams of one shard: so many at a time, each with the hash of
/// the key it is told apart by and the key it keeps versions of, where some do. Used by one thread.
final class PublishHeads {
    /// With keys of 16 bytes a head has place for an eighth of the streams.
    private static final int VERSIONED_SHARE = 8;

    /// So many always fit in one head.
    static final int LEAST_STREAMS = PublishCommand.MAX_STREAMS / VERSIONED_SHARE;

    private final RoutePlan.Leg leg;
    private final Content content;
    private final @Nullable Origin origin;
    private final Terms terms;
    private final int @Nullable [] keyHashes;
    private final @Nullable KeyDigest @Nullable [] versionKeys;

    /// @param origin where it was published to, or null where no target asks
    /// @param address what it is published to now
    /// @param terms when it is stored
    /// @param opener opens it where it came to no exchange and a target asks for a header
    PublishHeads(
            RoutePlan.Leg leg,
            Content content,
            @Nullable Origin origin,
            Address address,
            Terms terms,
            Surroundings.Opener opener) {
        this.leg = leg;
        this.content = content;
        this.origin = origin;
        this.terms = leg.indexed() ? terms.of(OrderingKeys.subject(address)) : terms;
        keyHashes =
                leg.orders() == null
                        ? null
                        : OrderingKeys.hashes(leg.orders(), address, content, opener);
        versionKeys =
                leg.versions() == null
                        ? null
                        : OrderingKeys.digests(leg.versions(), address, content, opener);
    }

    /// Writes the head for the streams from `from` on.
    ///
    /// @param most streams of a head without hashes or keys: with them, it has place for fewer
    /// @return the first stream it has no place for
    int encode(HeadWriter out, int from, int most) {
        Wants wants = new Wants(keyHashes != null, versionKeys != null, terms);
        int room = wants.versioned() ? most / VERSIONED_SHARE : wants.ordered() ? most / 2 : most;
        int count = Math.min(room, leg.streams().length - from);
        PublishCommand.encode(out, content, origin, wants);
        PublishCommand.encode(out, leg.streams(), from, count);
        if (keyHashes != null) {
            PublishCommand.encodeKeyHashes(out, keyHashes, from, count);
        }
        if (versionKeys != null) {
            PublishCommand.encodeVersionKeys(out, versionKeys, from, count);
        }
        return from + count;
    }
}
