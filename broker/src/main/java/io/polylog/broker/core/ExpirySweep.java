package io.polylog.broker.core;

import io.polylog.broker.command.StreamId;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Serving.Head;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Lets messages expire that nobody takes: at the head of their queue or subscription, in its
/// order, as soon as their time is over. One timer for each that has a message which may expire,
/// set to the end of the first; one that lives shorter waits behind it, though no consumer is given
/// it. The clock is read here and where messages are read for consumers. On the timer's thread.
final class ExpirySweep {
    /// How long a change of the head may stay unnoticed.
    private static final long NOTICE_NANOS = 5_000_000;

    private static final int MOST_RUNS = 256;
    private static final int PIECE_BYTES = 256 * 1024;
    private static final int PIECES = 16;

    private final Core core;

    /// Subscriptions that are looked at soon.
    private final Set<Long> noticed = ConcurrentHashMap.newKeySet();

    private final WallTimers<Long> timers;

    ExpirySweep(Core core) {
        this.core = core;
        timers = new WallTimers<>(core.clock(), core.scheduler());
    }

    /// Another message of a subscription is the first to expire. Any thread.
    void headChanged(long subscription) {
        if (noticed.add(subscription)) {
            core.scheduler().after(NOTICE_NANOS, () -> look(subscription));
        }
    }

    private void look(long subscription) {
        noticed.remove(subscription);
        timers.clear(subscription);
        ShardPort port = core.port(StreamId.shard(StreamId.stream(subscription)));
        port.run(serving -> {
            Head head = serving.head(subscription, MOST_RUNS);
            if (!head.runs().isEmpty()) {
                core.scheduler().after(0, () -> judge(port, subscription, head));
            }
        });
    }

    /// What was found of a head.
    ///
    /// @param expiredTo everything ready below has expired; 0 for nothing
    /// @param nextMs when there is more to do
    private record Verdict(long expiredTo, long nextMs) {}

    private void judge(ShardPort port, long subscription, Head head) {
        long nowMs = core.clock().wallMs();
        Verdict verdict = verdict(port, StreamId.stream(subscription), head, nowMs);
        if (verdict.expiredTo > 0) {
            port.run(serving -> serving.expire(subscription, verdict.expiredTo));
        }
        if (verdict.nextMs != Lifespan.NEVER) {
            timers.set(subscription, verdict.nextMs, () -> look(subscription));
        }
    }

    private static Verdict verdict(ShardPort port, long stream, Head head, long nowMs) {
        Lifespan lifespan = Lifespan.of(head.interest());
        long expiredTo = 0;
        int pieces = 0;
        for (Assignment run : head.runs()) {
            long position = run.first();
            while (position < run.end()) {
                if (pieces++ == PIECES) {
                    return new Verdict(expiredTo, nowMs);
                }
                Read read = port.store().read(stream, position, PIECE_BYTES);
                for (StoredRecord stored : read.records()) {
                    if (stored.offset() >= run.end()) {
                        break;
                    }
                    long endMs = lifespan.endMs(StoredContent.content(stored), stored.timeMs());
                    if (endMs > nowMs) {
                        return new Verdict(expiredTo, endMs);
                    }
                    expiredTo = Math.min(run.end(), stored.offset() + stored.span());
                }
                if (read.damage() != null || read.nextOffset() <= position) {
                    // A consumer finds the damage; what lies behind waits for that.
                    return new Verdict(expiredTo, Lifespan.NEVER);
                }
                position = read.nextOffset();
            }
        }
        return new Verdict(expiredTo, nowMs);
    }
}
