package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.Batch.Refusal;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Random commands with rolls, checkpoints, stops and crashes between: state and every owed record
/// are always as they were.
class RandomLifeTest {
    private static final int LIVES = 6;
    private static final int BATCHES = 150;
    private static final int STREAMS = 6;

    @TempDir Path directory;

    private final Map<Long, Model> models = new TreeMap<>();

    /// What a stream should hold.
    private static final class Model {
        final TreeMap<Long, Kept> owed = new TreeMap<>();
        long floor;
        long end;
    }

    private record Kept(int span, byte[] payload, TreeSet<Long> left) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void nothingOwedIsEverLostOrChanged(long seed) throws Exception {
        Random random = new Random(seed);
        LogConfig config = TestLog.small(directory).withCheckpoint(Duration.ofMillis(5));
        String before = "";
        for (int life = 0; life < LIVES; life++) {
            try (TestLog test = TestLog.start(config, 1)) {
                if (life > 0) {
                    assertThat(test.dump(0)).as("seed %d life %d", seed, life).isEqualTo(before);
                }
                check(test, seed);
                live(test, random);
                check(test, seed);
                before = test.dump(0);
                if (random.nextBoolean()) {
                    test.crash();
                }
            }
        }
    }

    private void live(TestLog test, Random random) throws Exception {
        CompletableFuture<Refusal> last = CompletableFuture.completedFuture(null);
        for (int i = 0; i < BATCHES; i++) {
            List<Command> commands = new ArrayList<>();
            int count = 1 + random.nextInt(20);
            for (int n = 0; n < count; n++) {
                commands.add(command(random));
            }
            last = test.publish(commands.toArray(Command[]::new));
            if (random.nextInt(100) == 0) {
                test.log.checkpoint().toCompletableFuture().get(30, TimeUnit.SECONDS);
            }
        }
        assertThat(TestLog.await(last)).isNull();
    }

    private Command command(Random random) {
        long stream = random.nextInt(STREAMS);
        Model model = models.computeIfAbsent(stream, id -> new Model());
        int kind = random.nextInt(100);
        if (kind < 60) {
            return put(random, stream, model);
        }
        if (kind < 80 && model.end > model.floor) {
            long offset = model.floor + random.nextInt((int) (model.end - model.floor));
            return drop(stream, model, offset, Math.min(model.end - offset, 1 + kind % 3));
        }
        if (kind < 99) {
            long floor = model.floor + random.nextInt((int) (model.end - model.floor) + 1) / 8;
            model.owed.headMap(floor).values().forEach(kept -> kept.left.headSet(floor).clear());
            model.owed.values().removeIf(kept -> kept.left.isEmpty());
            model.floor = floor;
            return RecordingMachine.trim(stream, floor);
        }
        return RecordingMachine.note(random.nextLong());
    }

    private static Command put(Random random, long stream, Model model) {
        int length = random.nextInt(50) == 0 ? random.nextInt(120_000) : random.nextInt(600);
        byte[] payload = new byte[length];
        random.nextBytes(payload);
        int span = 1 + random.nextInt(3);
        TreeSet<Long> left = new TreeSet<>();
        for (long offset = model.end; offset < model.end + span; offset++) {
            left.add(offset);
        }
        model.owed.put(model.end, new Kept(span, payload, left));
        model.end += span;
        return RecordingMachine.put(payload, span, stream);
    }

    private static Command drop(long stream, Model model, long offset, long span) {
        for (long at = offset; at < offset + span; at++) {
            Map.Entry<Long, Kept> entry = model.owed.floorEntry(at);
            if (entry != null) {
                entry.getValue().left.remove(at);
            }
        }
        model.owed.values().removeIf(kept -> kept.left.isEmpty());
        return RecordingMachine.drop(stream, offset, span);
    }

    private void check(TestLog test, long seed) throws IOException {
        for (Map.Entry<Long, Model> entry : models.entrySet()) {
            Map<Long, StoredRecord> found = new TreeMap<>();
            long next = entry.getValue().floor;
            while (true) {
                Read read = test.store().read(entry.getKey(), next, 20_000);
                assertThat(read.damage()).as("seed %d", seed).isNull();
                if (read.records().isEmpty()) {
                    break;
                }
                read.records().forEach(record -> found.put(record.offset(), record));
                next = read.nextOffset();
            }
            entry.getValue()
                    .owed
                    .forEach((offset, kept) -> {
                        StoredRecord record = found.get(offset);
                        assertThat(record).as("seed %d offset %d", seed, offset).isNotNull();
                        assertThat(record.span()).isEqualTo(kept.span);
                        assertThat(record.payload())
                                .as("seed %d offset %d", seed, offset)
                                .isEqualTo(ByteBuffer.wrap(kept.payload));
                    });
        }
    }
}
