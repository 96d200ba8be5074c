package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.Clock;
import io.polylog.io.SystemClock;
import io.polylog.io.SystemEntropy;
import io.polylog.io.ThreadWorkers;
import io.polylog.log.Batch.Proposer;
import io.polylog.log.Batch.Refusal;
import io.polylog.log.Batch.Urgency;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A log over a real directory with recording machines, for tests.
final class TestLog implements AutoCloseable {
    static final int KIB = 1 << 10;

    final FaultyDisk disk = new FaultyDisk();
    final AtomicReference<String> fatal = new AtomicReference<>();
    final Log log;
    final List<ShardLog> shards = new ArrayList<>();
    final List<RecordingMachine> machines = new ArrayList<>();
    private boolean crashed;

    /// Opens but does not start.
    TestLog(LogConfig config, int shardCount) throws IOException {
        this(config, shardCount, new SystemClock());
    }

    private TestLog(LogConfig config, int shardCount, Clock clock) throws IOException {
        ThreadWorkers workers =
                new ThreadWorkers(
                        (thread, failure) -> fatal.compareAndSet(null, failure.toString()));
        Log.Machinery machinery = new Log.Machinery(disk, clock, new SystemEntropy(), workers);
        log =
                Log.open(
                        config,
                        machinery,
                        (reason, cause) -> fatal.compareAndSet(null, reason + ": " + cause));
        for (int id = 0; id < shardCount; id++) {
            shards.add(
                    log.shard(
                            id,
                            store -> {
                                RecordingMachine machine = new RecordingMachine(store);
                                machines.add(machine);
                                return machine;
                            }));
        }
    }

    /// Small segments, so that a test rolls often.
    static LogConfig small(Path directory) {
        return LogConfig.of(directory).withSizes(256 * KIB, 128 * KIB, 2048 * KIB).withReserve(0);
    }

    /// Opens and starts one shard with small segments.
    static TestLog start(Path directory) throws IOException {
        return start(small(directory), 1);
    }

    static TestLog start(LogConfig config, int shardCount) throws IOException {
        return start(new TestLog(config, shardCount));
    }

    /// Opens and starts one shard with small segments, by another clock.
    static TestLog start(Path directory, Clock clock) throws IOException {
        return start(new TestLog(small(directory), 1, clock));
    }

    private static TestLog start(TestLog test) throws IOException {
        try {
            test.log.start();
        } catch (IOException | RuntimeException e) {
            test.log.close();
            throw e;
        }
        return test;
    }

    ShardLog shard() {
        return shards.getFirst();
    }

    RecordStore store() {
        return shard().store();
    }

    RecordingMachine machine() {
        return machines.getFirst();
    }

    /// Proposes; the future gives null when done, else the refusal.
    CompletableFuture<Refusal> propose(int shard, Urgency urgency, Command... commands) {
        CompletableFuture<Refusal> answer = new CompletableFuture<>();
        Proposer proposer =
                new Proposer() {
                    @Override
                    public void done(long index, long epoch) {
                        answer.complete(null);
                    }

                    @Override
                    public void refused(Refusal refusal) {
                        answer.complete(refusal);
                    }
                };
        shards.get(shard).propose(new Batch(List.of(commands), urgency, proposer));
        return answer;
    }

    CompletableFuture<Refusal> publish(Command... commands) {
        return propose(0, Urgency.PUBLISH, commands);
    }

    /// Waits for an answer.
    static Refusal await(CompletableFuture<Refusal> answer) throws Exception {
        return answer.get(30, TimeUnit.SECONDS);
    }

    /// Publishes payloads to one stream in batches and waits for all answers.
    void publishAll(long stream, List<byte[]> payloads, int perBatch) throws Exception {
        List<CompletableFuture<Refusal>> answers = new ArrayList<>();
        for (int i = 0; i < payloads.size(); i += perBatch) {
            Command[] commands =
                    payloads.subList(i, Math.min(payloads.size(), i + perBatch)).stream()
                            .map(payload -> RecordingMachine.put(payload, 1, stream))
                            .toArray(Command[]::new);
            answers.add(publish(commands));
        }
        for (CompletableFuture<Refusal> answer : answers) {
            Refusal refusal = await(answer);
            if (refusal != null) {
                throw new IllegalStateException("refused: " + refusal);
            }
        }
    }

    /// The machine's dump, taken on its thread.
    String dump(int shard) throws Exception {
        CompletableFuture<String> dump = new CompletableFuture<>();
        shards.get(shard).execute(() -> dump.complete(machines.get(shard).dump()));
        return dump.get(30, TimeUnit.SECONDS);
    }

    /// All payloads of a stream from an offset on.
    List<byte[]> readAll(long stream, long from, int maxBytes) {
        List<byte[]> payloads = new ArrayList<>();
        long next = from;
        while (true) {
            RecordStore.Read read = store().read(stream, next, maxBytes);
            if (read.damage() != null) {
                throw new IllegalStateException("damage: " + read.damage());
            }
            if (read.records().isEmpty()) {
                return payloads;
            }
            for (RecordStore.StoredRecord record : read.records()) {
                byte[] bytes = new byte[record.payload().remaining()];
                record.payload().get(bytes);
                payloads.add(bytes);
            }
            next = read.nextOffset();
        }
    }

    /// Ends as a killed process does.
    void crash() throws Exception {
        disk.crash();
        crashed = true;
        try {
            log.close();
        } catch (IOException e) {
            // A killed process closes nothing either.
            assertThat(e).hasMessageContaining("killed");
        }
    }

    @Override
    public void close() throws IOException {
        if (!crashed) {
            log.close();
        }
    }
}
