package io.polylog.broker.core;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Where a session sent producers' records last in shards beside the batches' own. Batches are sent
/// on before the ones before them are answered: if one is refused there, those behind it must be
/// refused too, or it comes too late when it is sent again. That holds for the streams it was sent
/// to only: one bound since must take the next batch as its first. On the session's loop.
final class Successions {
    /// Beyond it all is forgotten: then a batch follows nothing.
    private static final int MOST = 10_000;

    private static final long[] NONE = new long[0];

    private final Map<Way, Place> newest = new HashMap<>(0);

    private record Way(long source, int shard, long producer) {}

    /// Where a producer's sequence stands, and what took the last of it.
    private record Place(short epoch, int next, long[] streams) {}

    /// Streams of one shard.
    ///
    /// @param following those that the records right before were sent to
    /// @param anew the others
    record Split(long[] following, long[] anew) {}

    /// Notes a batch whose records are sent to streams of a shard.
    Split note(long source, RoutePlan.Leg leg, Append batch) {
        ProducerStamp stamp = batch.producer();
        if (stamp == null) {
            return new Split(NONE, leg.streams());
        }
        if (newest.size() == MOST) {
            newest.clear();
        }
        int next = stamp.baseSequence() + batch.recordCount() & Integer.MAX_VALUE;
        Way way = new Way(source, leg.shard(), stamp.id());
        @Nullable Place before = newest.put(way, new Place(stamp.epoch(), next, leg.streams()));
        boolean follows =
                before != null
                        && before.epoch == stamp.epoch()
                        && before.next == stamp.baseSequence();
        if (before == null || !follows) {
            return new Split(NONE, leg.streams());
        }
        return Arrays.equals(before.streams, leg.streams())
                ? new Split(leg.streams(), NONE)
                : split(leg.streams(), before.streams);
    }

    private static Split split(long[] streams, long[] before) {
        Set<Long> known = LongStream.of(before).boxed().collect(Collectors.toSet());
        return new Split(
                LongStream.of(streams).filter(known::contains).toArray(),
                LongStream.of(streams).filter(stream -> !known.contains(stream)).toArray());
    }
}
