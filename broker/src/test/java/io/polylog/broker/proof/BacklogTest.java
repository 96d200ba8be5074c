package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.TopicStats;
import io.polylog.io.MemoryUse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A queue that nobody empties for long: its messages lie on the disk, and memory does not grow
/// with their number. The bounds are below what eight bytes a message would take.
final class BacklogTest {
    private static final long MIB = 1 << 20;
    private static final Duration START = Duration.ofSeconds(10);

    @TempDir private Path folder;

    @Test
    void aBacklogOfAMillionMessagesIsPagedNotHeld() {
        pileUpAndDrain(1_000_000, 6 * MIB);
    }

    @Test
    @Tag("nightly")
    void aBacklogOfTenMillionMessagesIsPagedNotHeld() {
        pileUpAndDrain(10_000_000, 32 * MIB);
    }

    private void pileUpAndDrain(int messages, long mostBytes) {
        try (ThreadedRig.OnRealDisk rig = new ThreadedRig.OnRealDisk(folder.resolve("data"), 1)) {
            Backlog backlog = new Backlog(rig, messages);
            backlog.publish(messages / 100);
            long before = memoryBytes();
            backlog.publish(messages / 10);
            backlog.publish(messages * 8 / 10);
            backlog.publish(messages);
            assertGrowth("all published", before, mostBytes);

            backlog.drainTo(messages / 2);
            assertGrowth("half drained, some left out", before, mostBytes);

            long started = System.nanoTime();
            rig.restart();
            Duration took = Duration.ofNanos(System.nanoTime() - started);
            System.out.printf("a restart: %d ms%n", took.toMillis());
            assertThat(took).isLessThan(START);
            assertGrowth("after a restart", before, mostBytes);

            backlog.drainTo(messages);
            assertGrowth("all drained", before, mostBytes);
            assertThat(rig.peer().stats(Backlog.QUEUE)).isEqualTo(new TopicStats(0, 0, 0));
        }
    }

    private static void assertGrowth(String when, long before, long mostBytes) {
        long grown = memoryBytes() - before;
        System.out.printf("memory, %s: %+d KiB%n", when, grown / 1024);
        assertThat(grown).as("bytes more, %s", when).isLessThan(mostBytes);
    }

    private static long memoryBytes() {
        return MemoryUse.heapBytes() + MemoryUse.directBytes();
    }
}
