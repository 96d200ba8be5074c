package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Topic;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/// What idle things cost on the heap.
final class MemoryBoundsTest {
    private static final int QUEUES = 100_000;
    private static final int AT_ONCE = 1_000;
    private static final int MOST_BYTES = 1024;

    @Test
    void anIdleQueueCostsAtMostOneKibibyte() {
        try (Rig rig = new ThreadedRig.InMemory(1)) {
            Peer peer = rig.peer();
            declare(rig, peer, 0, AT_ONCE);
            long before = heapBytes();
            declare(rig, peer, AT_ONCE, QUEUES);
            long perQueue = (heapBytes() - before) / (QUEUES - AT_ONCE);

            assertThat(peer.session.definitions().topics()).hasSize(QUEUES);
            assertThat(perQueue).as("bytes of heap a queue").isBetween(1L, (long) MOST_BYTES);
        }
    }

    private static void declare(Rig rig, Peer peer, int from, int to) {
        for (int first = from; first < to; first += AT_ONCE) {
            List<CompletionStage<Topic>> asked = new ArrayList<>();
            for (int i = first; i < first + AT_ONCE; i++) {
                asked.add(peer.session.declareTopic(Specs.queue("queue-" + i)));
            }
            asked.forEach(rig::await);
        }
    }

    private static long heapBytes() {
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            used =
                    Math.min(
                            used,
                            ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        return used;
    }
}
