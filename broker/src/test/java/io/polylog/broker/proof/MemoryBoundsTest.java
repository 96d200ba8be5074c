package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Topic;
import io.polylog.io.MemoryUse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What idle things cost on the heap, and that so many of them do no harm.
final class MemoryBoundsTest {
    private static final int QUEUES = 100_000;
    private static final int AT_ONCE = 1_000;
    private static final long MOST_BYTES = 1024;

    /// Declaring takes 3 s and a start 1 s on two cores: what is far above is not linear any more.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path folder;

    @Test
    void anIdleQueueCostsAtMostOneKibibyte() {
        try (Rig rig = new ThreadedRig.InMemory(1)) {
            assertThat(heapBytesPerQueue(rig)).isBetween(1L, MOST_BYTES);
        }
    }

    /// What a queue had once and has no more, it must not keep the room of.
    @Test
    void anIdleQueueOnTheDiskCostsNoMoreEvenIfItWasUsedAndAfterARestart() {
        long empty = MemoryUse.heapBytes();
        try (ThreadedRig.OnRealDisk rig = new ThreadedRig.OnRealDisk(folder.resolve("data"), 1)) {
            assertThat(heapBytesPerQueue(rig)).isBetween(1L, MOST_BYTES);
            use(rig, rig.peer());
            assertThat(perQueue("used", empty)).isBetween(1L, MOST_BYTES);

            long started = System.nanoTime();
            rig.restart();
            print("a restart with them", started);
            Peer peer = rig.peer();
            assertThat(peer.session.definitions().topics()).hasSize(QUEUES);
            assertThat(perQueue("after the restart", empty)).isBetween(1L, MOST_BYTES);
            peer.store("queue-77777", "still usable");
            assertThat(peer.take("queue-77777")).isPresent();
        }
    }

    private static long perQueue(String when, long emptyBytes) {
        long perQueue = (MemoryUse.heapBytes() - emptyBytes) / QUEUES;
        System.out.printf("heap, %s: %d B a queue%n", when, perQueue);
        return perQueue;
    }

    /// A message comes to each queue and goes.
    private static void use(Rig rig, Peer peer) {
        for (int first = 0; first < QUEUES; first += AT_ONCE) {
            List<Publication> batch = new ArrayList<>();
            List<CompletionStage<Optional<Delivery>>> taken = new ArrayList<>();
            for (int i = first; i < first + AT_ONCE; i++) {
                batch.add(new Publication(Peer.to("queue-" + i), Peer.content("once")));
            }
            assertThat(rig.await(peer.send(batch))).containsOnly(Outcome.STORED);
            for (int i = first; i < first + AT_ONCE; i++) {
                taken.add(peer.session.take(Peer.own("queue-" + i), false));
            }
            peer.accept(
                    taken.stream()
                            .map(rig::await)
                            .map(Optional::orElseThrow)
                            .toArray(Delivery[]::new));
        }
    }

    private static long heapBytesPerQueue(Rig rig) {
        Peer peer = rig.peer();
        long started = System.nanoTime();
        declare(rig, peer, 0, AT_ONCE);
        long before = MemoryUse.heapBytes();
        declare(rig, peer, AT_ONCE, QUEUES);
        print("declaring " + QUEUES + " queues", started);
        long perQueue = (MemoryUse.heapBytes() - before) / (QUEUES - AT_ONCE);
        System.out.printf("heap: %d B a queue%n", perQueue);
        assertThat(peer.session.definitions().topics()).hasSize(QUEUES);
        return perQueue;
    }

    private static void print(String what, long startedNanos) {
        Duration took = Duration.ofNanos(System.nanoTime() - startedNanos);
        System.out.printf("%s: %d ms%n", what, took.toMillis());
        assertThat(took).as(what).isLessThan(PATIENCE);
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
}
