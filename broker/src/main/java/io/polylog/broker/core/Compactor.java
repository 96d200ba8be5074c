package io.polylog.broker.core;

import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.meta.Catalog;
import io.polylog.broker.shard.Holdings;
import io.polylog.broker.shard.Holdings.Dirt;
import io.polylog.broker.shard.ShardPort;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/// Looks once a second which compacted topics have so much new that a [CompactionPass] is worth it,
/// and runs them one after the other. Rests while no topic is compacted. Woken from any thread;
/// works on the timer's.
final class Compactor {
    private static final long EVERY_NANOS = 1_000_000_000;

    /// Readers that keep up see every record: nothing goes that is younger.
    private static final long LEAST_LAG_MS = 5_000;

    private static final int PERCENT = 100;

    private final Core core;
    private final AtomicBoolean armed = new AtomicBoolean();
    private final Deque<CompactionPass> passes = new ArrayDeque<>();

    Compactor(Core core) {
        this.core = core;
    }

    /// A topic that may be compacted was made or changed.
    void watch(Topic topic) {
        if (isCompacted(topic) && armed.compareAndSet(false, true)) {
            core.scheduler().after(EVERY_NANOS, this::look);
        }
    }

    /// The coordinators' own topics are compacted as they are written.
    private static boolean isCompacted(Topic topic) {
        return topic.spec().retention().newestPerKey()
                && !topic.spec().name().namespace().equals(Catalog.INTERNAL_NAMESPACE);
    }

    private void look() {
        List<Topic> compacted = new ArrayList<>();
        for (Topic topic : core.catalog().everyTopic()) {
            if (isCompacted(topic)) {
                compacted.add(topic);
            }
        }
        armed.set(!compacted.isEmpty());
        if (compacted.isEmpty()) {
            return;
        }
        long nowMs = core.clock().wallMs();
        List<CompletableFuture<List<CompactionPass>>> asked = new ArrayList<>();
        for (ShardPort port : core.allPorts()) {
            CompletableFuture<List<CompactionPass>> due = new CompletableFuture<>();
            asked.add(due);
            port.run(serving -> due.complete(due(port, serving.holdings(), compacted, nowMs)));
        }
        CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new))
                .thenRun(() -> core.scheduler().after(0, () -> begin(asked)));
    }

    private List<CompactionPass> due(
            ShardPort port, Holdings holdings, List<Topic> topics, long nowMs) {
        List<CompactionPass> due = new ArrayList<>();
        for (Topic topic : topics) {
            Compaction compaction = topic.spec().retention().compaction();
            for (Topic.Partition partition : topic.partitions()) {
                if (compaction != null && partition.shard() == port.number()) {
                    long lagMs = Math.max(compaction.lagMs(), LEAST_LAG_MS);
                    Dirt dirt = holdings.dirt(partition.stream(), nowMs - lagMs);
                    if (dirt != null && isWorthIt(dirt, compaction)) {
                        long ended = nowMs - compaction.tombstoneMs();
                        due.add(
                                new CompactionPass(
                                        core.scheduler(), port, partition.stream(), dirt, ended));
                    }
                }
            }
        }
        return due;
    }

    private static boolean isWorthIt(Dirt dirt, Compaction compaction) {
        return dirt.dirtyBytes() * PERCENT >= dirt.bytes() * compaction.dirtyPercent();
    }

    private void begin(List<CompletableFuture<List<CompactionPass>>> due) {
        due.forEach(each -> passes.addAll(each.join()));
        next();
    }

    private void next() {
        CompactionPass pass = passes.poll();
        if (pass != null) {
            pass.run(this::next);
        } else {
            core.scheduler().after(EVERY_NANOS, this::look);
        }
    }
}
