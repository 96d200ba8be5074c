package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.Batch.Refusal;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.RecordStore.StoredRecord;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is accepted is applied, found again, and there after a restart.
class LogTest {
    private static final long SEED = 20240607;

    @TempDir Path directory;

    @Test
    void aRecordIsReadBackAsItWasPut() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            Command command = RecordingMachine.put(bytes("hello"), 1, 7);
            assertThat(TestLog.await(test.publish(command))).isNull();
            StoredRecord record = test.store().read(7, 0, 1000).records().getFirst();
            assertThat(record.offset()).isZero();
            assertThat(record.span()).isEqualTo(1);
            assertThat(record.type()).isEqualTo(RecordingMachine.PUT);
            assertThat(record.head()).isEqualTo(command.head());
            assertThat(record.payload()).isEqualTo(command.payload());
        }
    }

    @Test
    void stateAndRecordsAreTheSameAfterACleanRestart() throws Exception {
        List<byte[]> payloads = payloads(5000, 700);
        String before;
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, payloads, 10);
            before = test.dump(0);
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.dump(0)).isEqualTo(before);
            assertThat(test.readAll(1, 0, 50_000)).containsExactlyElementsOf(payloads);
        }
    }

    @Test
    void stateAndRecordsAreTheSameAfterACrash() throws Exception {
        List<byte[]> payloads = payloads(5000, 700);
        String before;
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, payloads, 10);
            before = test.dump(0);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.dump(0)).isEqualTo(before);
            assertThat(test.readAll(1, 0, 50_000)).containsExactlyElementsOf(payloads);
        }
    }

    @Test
    void recordsFarBehindAreReadFromTheFile() throws Exception {
        List<byte[]> payloads = payloads(20_000, 700);
        try (TestLog test = TestLog.start(directory)) {
            test.publishAll(1, payloads, 50);
            assertThat(test.readAll(1, 0, 100_000)).containsExactlyElementsOf(payloads);
        }
    }

    @Test
    void recordsOfAScatteredStreamAreFoundOneByOneInAnyOrder() throws Exception {
        Random random = new Random(SEED);
        List<byte[]> payloads = payloads(6_000, 700);
        payloads.set(2_000, payload(random, 20_000));
        payloads.set(2_001, payload(random, 3_000_000));
        try (TestLog test = TestLog.start(directory)) {
            CompletableFuture<Void> expected = new CompletableFuture<>();
            test.shard()
                    .execute(() -> {
                        test.store().expectScattered(1, true);
                        expected.complete(null);
                    });
            expected.join();
            test.publishAll(1, payloads.subList(0, 4_000), 10);
            test.shard().execute(() -> test.store().expectScattered(1, false));
            test.publishAll(1, payloads.subList(4_000, 6_000), 10);
            readEach(test, payloads, random);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            readEach(test, payloads, random);
        }
    }

    private static void readEach(TestLog test, List<byte[]> payloads, Random random) {
        for (int i = 0; i < payloads.size(); i++) {
            int offset = random.nextInt(payloads.size());
            List<StoredRecord> records = test.store().read(1, offset, 1).records();
            assertThat(records).as("at %d, seed %d", offset, SEED).hasSize(1);
            assertThat(records.getFirst().offset()).isEqualTo(offset);
            assertThat(records.getFirst().payload())
                    .isEqualTo(ByteBuffer.wrap(payloads.get(offset)));
        }
    }

    @Test
    void interleavedStreamsKeepTheirOwnOrder() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            List<List<byte[]>> expected = new ArrayList<>();
            for (int stream = 0; stream < 5; stream++) {
                expected.add(new ArrayList<>());
            }
            Random random = new Random(SEED);
            CompletableFuture<Refusal> last = null;
            for (int i = 0; i < 5000; i++) {
                int stream = random.nextInt(5);
                byte[] payload = payload(random, 300);
                expected.get(stream).add(payload);
                last = test.publish(RecordingMachine.put(payload, 1, stream));
            }
            assertThat(TestLog.await(last)).isNull();
            for (int stream = 0; stream < 5; stream++) {
                assertThat(test.readAll(stream, 0, 10_000))
                        .as("stream %d, seed %d", stream, SEED)
                        .containsExactlyElementsOf(expected.get(stream));
            }
        }
    }

    @Test
    void aPayloadOfSeveralStreamsIsFoundInEach() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            byte[] payload = bytes("shared");
            TestLog.await(test.publish(RecordingMachine.put(payload, 1, 1, 2, 3)));
            for (long stream = 1; stream <= 3; stream++) {
                assertThat(test.readAll(stream, 0, 1000)).containsExactly(payload);
            }
        }
    }

    @Test
    void anOffsetInsideABatchGivesTheWholeBatch() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            TestLog.await(test.publish(RecordingMachine.put(bytes("ten"), 10, 1)));
            TestLog.await(test.publish(RecordingMachine.put(bytes("five"), 5, 1)));
            RecordStore.Read read = test.store().read(1, 12, 1);
            assertThat(read.records()).hasSize(1);
            assertThat(read.records().getFirst().offset()).isEqualTo(10);
            assertThat(read.nextOffset()).isEqualTo(15);
        }
    }

    @Test
    void aLargePayloadSurvivesARestart() throws Exception {
        byte[] large = payload(new Random(SEED), 3_000_000);
        byte[] small = bytes("after");
        try (TestLog test = TestLog.start(directory)) {
            TestLog.await(test.publish(RecordingMachine.put(large, 1, 1)));
            TestLog.await(test.publish(RecordingMachine.put(small, 1, 1)));
            assertThat(test.readAll(1, 0, 10)).containsExactly(large, small);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.readAll(1, 0, 10)).containsExactly(large, small);
        }
    }

    @Test
    void shardsAreReplayedApart() throws Exception {
        LogConfig config = TestLog.small(directory);
        List<String> before = new ArrayList<>();
        try (TestLog test = TestLog.start(config, 3)) {
            CompletableFuture<Refusal> last = null;
            for (int i = 0; i < 3000; i++) {
                Command command = RecordingMachine.put(bytes("m" + i), 1, 1);
                last = test.propose(i % 3, Urgency.PUBLISH, command, RecordingMachine.note(i));
            }
            TestLog.await(last);
            for (int shard = 0; shard < 3; shard++) {
                before.add(test.dump(shard));
            }
            test.crash();
        }
        try (TestLog test = TestLog.start(config, 3)) {
            for (int shard = 0; shard < 3; shard++) {
                assertThat(test.dump(shard)).isEqualTo(before.get(shard));
            }
        }
    }

    @Test
    void eachStartLeadsInAHigherEpoch() throws Exception {
        long first;
        try (TestLog test = TestLog.start(directory)) {
            first = test.shard().epoch();
            assertThat(test.machine().epoch()).isEqualTo(first);
            test.crash();
        }
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.shard().epoch()).isGreaterThan(first);
        }
    }

    @Test
    void nobodyIsAnsweredAfterAFailedWrite() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            TestLog.await(test.publish(RecordingMachine.note(1)));
            test.disk.failWrites();
            // Closed already where the block that seals the first note was the one to fail.
            assertThat(TestLog.await(test.publish(RecordingMachine.note(2))))
                    .isIn(Refusal.UNKNOWN, Refusal.CLOSED);
            assertThat(TestLog.await(test.publish(RecordingMachine.note(3))))
                    .isEqualTo(Refusal.CLOSED);
            assertThat(test.fatal.get()).contains("told to fail");
        }
    }

    @Test
    void aRelaxedBatchIsWrittenWithoutCompany() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            assertThat(TestLog.await(test.propose(0, Urgency.RELAXED, RecordingMachine.note(1))))
                    .isNull();
        }
    }

    @Test
    void tasksRunThoughNothingIsProposed() throws Exception {
        try (TestLog test = TestLog.start(directory)) {
            assertThat(test.dump(0)).startsWith("applied 0 ");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> payloads(int count, int maxBytes) {
        Random random = new Random(SEED);
        List<byte[]> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            payloads.add(payload(random, random.nextInt(maxBytes)));
        }
        return payloads;
    }

    private static byte[] payload(Random random, int length) {
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        return payload;
    }
}
