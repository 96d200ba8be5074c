package io.polylog.broker.core;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which producers' records a session sent last to shards beside the batches' own. Batches are sent
/// on before the ones before them are answered: if one is refused there, those behind it must be
/// refused too, or it comes too late when it is sent again. On the session's loop.
final class Successions {
    /// Beyond it all is forgotten: then a batch follows nothing.
    private static final int MOST = 10_000;

    private final Map<Way, Place> newest = new HashMap<>(0);

    private record Way(long source, int shard, long producer) {}

    /// Where a producer's sequence stands.
    private record Place(short epoch, int next) {}

    /// Notes a batch whose records are sent to a shard.
    ///
    /// @return whether those sent there before belong to the batch right before it
    boolean follows(long source, int shard, Append batch) {
        ProducerStamp stamp = batch.producer();
        if (stamp == null) {
            return false;
        }
        if (newest.size() == MOST) {
            newest.clear();
        }
        int next = stamp.baseSequence() + batch.recordCount() & Integer.MAX_VALUE;
        Way way = new Way(source, shard, stamp.id());
        @Nullable Place before = newest.put(way, new Place(stamp.epoch(), next));
        return before != null
                && before.epoch == stamp.epoch()
                && before.next == stamp.baseSequence();
    }
}
