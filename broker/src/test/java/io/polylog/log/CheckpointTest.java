package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.RealDisk;
import io.polylog.io.SystemEntropy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Checkpoints shorten the replay and let segments go; nothing owed goes with them.
class CheckpointTest {
    @TempDir Path directory;

    @Test
    void onlyWhatFollowsACheckpointIsReplayed() throws Exception {
        String before;
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, LogTest.payloads(1000, 300), 10);
            checkpoint(test);
            test.publishAll(1, LogTest.payloads(50, 300), 10);
            before = test.dump(0);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.dump(0)).isEqualTo(before);
            assertThat(test.machine().replayed()).isEqualTo(5);
        }
    }

    @Test
    void aCleanStopLeavesNothingToReplay() throws Exception {
        String before;
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, LogTest.payloads(3000, 700), 10);
            before = test.dump(0);
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.dump(0)).isEqualTo(before);
            assertThat(test.machine().replayed()).isZero();
        }
    }

    @Test
    void recordsAreFoundThroughIndexFiles() throws Exception {
        List<byte[]> payloads = LogTest.payloads(8000, 700);
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, payloads, 20);
            checkpoint(test);
            assertThat(count(SegmentFiles.INDEX_SUFFIX)).isGreaterThan(3);
            assertThat(test.readAll(1, 0, 30_000)).containsExactlyElementsOf(payloads);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.readAll(1, 0, 30_000)).containsExactlyElementsOf(payloads);
            assertThat(test.readAll(1, 7777, 30_000))
                    .containsExactlyElementsOf(payloads.subList(7777, 8000));
        }
    }

    @Test
    void segmentsGoWhenNothingInThemIsOwed() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            for (int round = 1; round <= 20; round++) {
                test.publishAll(1, LogTest.payloads(500, 700), 20);
                TestLog.await(test.publish(RecordingMachine.trim(1, round * 500L)));
            }
            checkpoint(test);
            awaitFiles(SegmentFiles.LOG_SUFFIX, 4);
            awaitFiles(SegmentFiles.INDEX_SUFFIX, 0);
        }
    }

    @Test
    void segmentsGoWhenEverythingWasDroppedOutOfOrder() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, LogTest.payloads(2000, 700), 20);
            checkpoint(test);
            List<Command> drops = new ArrayList<>();
            for (int i = 0; i < 2000; i++) {
                drops.add(RecordingMachine.drop(1, (i * 7L) % 2000, 1));
            }
            TestLog.await(test.publish(drops.toArray(Command[]::new)));
            awaitFiles(SegmentFiles.LOG_SUFFIX, 4);
            assertThat(test.readAll(1, 0, 1000)).isEmpty();
        }
    }

    @Test
    void aDeletedStreamDoesNotComeBack() throws Exception {
        List<byte[]> kept = LogTest.payloads(100, 300);
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, LogTest.payloads(500, 300), 10);
            test.publishAll(2, kept, 10);
            checkpoint(test);
            TestLog.await(test.publish(RecordingMachine.delete(1)));
            checkpoint(test);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.readAll(1, 0, 1000)).isEmpty();
            assertThat(test.readAll(2, 0, 1000)).containsExactlyElementsOf(kept);
        }
    }

    @Test
    void aStreamThatWasSettledBeforeItWasDeletedHoldsNoSegmentAfterARestart() throws Exception {
        byte[] kept = new byte[1];
        try (TestLog test = TestLog.start(directory)) {
            TestLog.await(test.publish(RecordingMachine.put(kept, 1, 2)));
            test.publishAll(1, LogTest.payloads(500, 300), 10);
            checkpoint(test);
            test.publishAll(3, LogTest.payloads(1000, 700), 10);
            TestLog.await(test.publish(RecordingMachine.trim(1, 500)));
            TestLog.await(test.publish(RecordingMachine.delete(1), RecordingMachine.delete(3)));
            checkpoint(test);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.readAll(2, 0, 1000)).containsExactly(kept);
            TestLog.await(test.publish(RecordingMachine.delete(2)));
            awaitFiles(SegmentFiles.INDEX_SUFFIX, 0);
        }
    }

    @Test
    void aBatchLargerThanASegmentKeepsAllItsSegments() throws Exception {
        byte[] large = new byte[2_000_000];
        large[1_999_999] = 1;
        try (TestLog test = TestLog.start(directory)) {
            TestLog.await(test.publish(RecordingMachine.put(large, 1, 1)));
            for (int round = 0; round < 5; round++) {
                test.publishAll(2, LogTest.payloads(1000, 700), 20);
                checkpoint(test);
                TestLog.await(test.publish(RecordingMachine.trim(2, (round + 1) * 1000L)));
            }
            checkpoint(test);
            assertThat(test.readAll(1, 0, 1)).containsExactly(large);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.readAll(1, 0, 1)).containsExactly(large);
            TestLog.await(test.publish(RecordingMachine.trim(1, 1)));
            checkpoint(test);
            awaitFiles(SegmentFiles.LOG_SUFFIX, 4);
        }
    }

    @Test
    void aCheckpointInTheMiddleOfASegmentKnowsWhatTheSegmentHolds() throws Exception {
        List<byte[]> payloads = LogTest.payloads(300, 300);
        try (TestLog test = TestLog.start(LogConfig.of(directory).withReserve(0), 1)) {
            test.publishAll(1, payloads.subList(0, 100), 10);
            checkpoint(test);
            test.publishAll(1, payloads.subList(100, 200), 10);
            assertThat(count(SegmentFiles.INDEX_SUFFIX)).isZero();
            test.crash();
        }
        try (TestLog test = TestLog.start(LogConfig.of(directory).withReserve(0), 1)) {
            assertThat(test.machine().replayed()).isEqualTo(10);
            test.publishAll(1, payloads.subList(200, 300), 10);
            assertThat(test.readAll(1, 0, 30_000)).containsExactlyElementsOf(payloads);
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.machine().replayed()).isZero();
            assertThat(test.readAll(1, 0, 30_000)).containsExactlyElementsOf(payloads);
        }
    }

    @Test
    void aCheckpointIsTakenWhenItIsTimeThoughNoSegmentIsFull() throws Exception {
        LogConfig config = TestLog.small(directory).withCheckpoint(Duration.ofMillis(20));
        try (TestLog test = TestLog.start(config, 1)) {
            test.publishAll(1, LogTest.payloads(100, 300), 10);
            Awaitility.await().until(() -> replayBegins() > SegmentHeader.BYTES);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.machine().replayed()).isLessThan(10);
            assertThat(test.readAll(1, 0, 1_000)).hasSize(100);
        }
    }

    /// The byte of its segment where the manifest lets a replay begin.
    private int replayBegins() throws IOException {
        RealDisk disk = new RealDisk();
        DirectoryId id = MetaFile.open(disk, directory, new SystemEntropy());
        Path manifest = directory.resolve(Manifest.NAME);
        return Manifest.decode(DurableFile.read(disk, manifest), id, manifest).start().offset();
    }

    @Test
    void aStopThatFollowsACheckpointByNothingTakesNoOther() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, LogTest.payloads(100, 300), 10);
        }
        byte[] before = Files.readAllBytes(cells());
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.machine().replayed()).isZero();
        }
        assertThat(cells()).hasBinaryContent(before);
    }

    private Path cells() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(CellsFile.SUFFIX))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void anIdleLogThatIsRestartedOftenStaysSmall() throws Exception {
        for (int i = 0; i < 10; i++) {
            try (TestLog test = TestLog.start(directory)) {
                TestLog.await(test.publish(RecordingMachine.note(i)));
            }
        }
        assertThat(count(SegmentFiles.LOG_SUFFIX)).isLessThanOrEqualTo(4);
    }

    static void checkpoint(TestLog test) throws Exception {
        test.log.checkpoint().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private void awaitFiles(String suffix, long most) {
        Awaitility.await().untilAsserted(() -> assertThat(count(suffix)).isLessThanOrEqualTo(most));
    }

    private long count(String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(suffix)).count();
        }
    }
}
