package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.Clock;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Segments of which little is owed are packed; what is owed is read as before.
class CopierTest {
    private static final int COUNT = 4000;
    private static final int KEPT_EVERY = 20;

    /// By which no segment stays young for long.
    private static final Clock HASTY =
            new Clock() {
                @Override
                public long wallMs() {
                    return System.currentTimeMillis();
                }

                @Override
                public long nanos() {
                    return System.nanoTime() * 10;
                }
            };

    @TempDir Path directory;

    @Test
    void oldRecordsDoNotHoldTheirSegments() throws Exception {
        List<byte[]> payloads = LogTest.payloads(COUNT, 700);
        try (TestLog test = TestLog.start(directory, HASTY)) {
            test.publishAll(1, payloads, 20);
            dropMost(test, 1);
            CheckpointTest.checkpoint(test);
            awaitPacked();
            checkKept(test, 1, payloads);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory, HASTY)) {
            checkKept(test, 1, payloads);
            TestLog.await(test.publish(RecordingMachine.trim(1, COUNT)));
            awaitFiles(SegmentFiles.PACKED_SUFFIX, 0);
        }
    }

    @Test
    void streamsAndLargePayloadsArePackedTogether() throws Exception {
        byte[] large = new byte[300_000];
        large[299_999] = 7;
        List<byte[]> payloads = LogTest.payloads(COUNT, 700);
        try (TestLog test = TestLog.start(directory, HASTY)) {
            TestLog.await(test.publish(RecordingMachine.put(large, 1, 3)));
            for (int i = 0; i < COUNT; i += 20) {
                List<Command> batch = new ArrayList<>();
                for (byte[] payload : payloads.subList(i, i + 20)) {
                    batch.add(RecordingMachine.put(payload, 1, 1, 2));
                }
                TestLog.await(test.publish(batch.toArray(Command[]::new)));
            }
            dropMost(test, 1);
            dropMost(test, 2);
            CheckpointTest.checkpoint(test);
            awaitPacked();
            checkKept(test, 1, payloads);
            checkKept(test, 2, payloads);
            assertThat(test.readAll(3, 0, 10)).containsExactly(large);
        }
        try (TestLog test = TestLog.start(directory, HASTY)) {
            checkKept(test, 1, payloads);
            checkKept(test, 2, payloads);
            assertThat(test.readAll(3, 0, 10)).containsExactly(large);
        }
    }

    @Test
    void aStreamDeletedAfterwardsStaysDeleted() throws Exception {
        try (TestLog test = TestLog.start(directory, HASTY)) {
            test.publishAll(1, LogTest.payloads(COUNT, 700), 20);
            dropMost(test, 1);
            CheckpointTest.checkpoint(test);
            awaitPacked();
            TestLog.await(test.publish(RecordingMachine.delete(1)));
            CheckpointTest.checkpoint(test);
            awaitFiles(SegmentFiles.PACKED_SUFFIX, 0);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory, HASTY)) {
            assertThat(test.readAll(1, 0, 1000)).isEmpty();
        }
    }

    private static void dropMost(TestLog test, long stream) throws Exception {
        List<Command> drops = new ArrayList<>();
        for (int i = 0; i < COUNT; i++) {
            if (i % KEPT_EVERY != 3) {
                drops.add(RecordingMachine.drop(stream, i, 1));
            }
        }
        TestLog.await(test.publish(drops.toArray(Command[]::new)));
    }

    private static void checkKept(TestLog test, long stream, List<byte[]> payloads) {
        List<Long> found = new ArrayList<>();
        long next = 0;
        while (true) {
            Read read = test.store().read(stream, next, 5_000);
            assertThat(read.damage()).isNull();
            if (read.records().isEmpty()) {
                break;
            }
            for (StoredRecord record : read.records()) {
                byte[] expected = payloads.get((int) record.offset());
                assertThat(record.payload()).isEqualTo(ByteBuffer.wrap(expected));
                found.add(record.offset());
            }
            next = read.nextOffset();
        }
        for (long offset = 3; offset < COUNT; offset += KEPT_EVERY) {
            assertThat(found).contains(offset);
        }
    }

    private void awaitPacked() {
        Awaitility.await()
                .untilAsserted(() -> {
                    assertThat(count(SegmentFiles.PACKED_SUFFIX)).isPositive();
                    assertThat(count(SegmentFiles.LOG_SUFFIX)).isLessThanOrEqualTo(7);
                });
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
