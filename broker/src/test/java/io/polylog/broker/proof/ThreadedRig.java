package io.polylog.broker.proof;

import io.polylog.broker.Broker;
import io.polylog.broker.core.Core;
import io.polylog.broker.core.CoreMachines;
import io.polylog.broker.core.Logs;
import io.polylog.broker.core.Surroundings;
import io.polylog.broker.meta.BuiltIns;
import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.io.RealDisk;
import io.polylog.io.SeededEntropy;
import io.polylog.io.ThreadWorkers;
import io.polylog.io.Threads;
import io.polylog.io.TimerScheduler;
import io.polylog.io.sim.JumpingClock;
import io.polylog.io.sim.SimDisk;
import io.polylog.log.Log;
import io.polylog.log.LogConfig;
import io.polylog.log.MemoryShardLog;
import io.polylog.log.ShardLog;
import io.polylog.metrics.Metrics;
import io.polylog.security.Permissions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The broker over engines with threads of their own. The test's thread is the loop.
abstract class ThreadedRig extends Rig.Durable {
    static final int MIB = 1 << 20;
    private static final long WAITING_BYTES = 64 << 20;
    private static final long DEADLINE_NANOS = 60_000_000_000L;
    private static final long QUIET_MS = 20;

    final JumpingClock clock = new JumpingClock();
    final Metrics metrics = new Metrics();
    final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    final ThreadWorkers workers = new ThreadWorkers((thread, cause) -> failure.set(cause));
    private @Nullable TimerScheduler scheduler;
    private final SeededEntropy entropy = new SeededEntropy(7);
    private final List<MemoryShardLog> memoryLogs = new ArrayList<>();
    private @Nullable Broker broker;

    /// The logs of a start, with the machines' stores.
    abstract Logs open(CoreMachines machines);

    final void start(int shards) {
        TimerScheduler timer =
                new TimerScheduler(new Threads((thread, cause) -> failure.set(cause)));
        scheduler = timer;
        CoreMachines machines =
                new CoreMachines(new BuiltIns(BUILT_INS, SUBJECTS), shards, metrics);
        Surroundings surroundings =
                new Surroundings(clock, timer, entropy, Permissions.ALL, OPENER);
        broker = Core.start(machines, open(machines), surroundings);
    }

    final MemoryShardLog inMemory(
            String name,
            java.util.function.Function<io.polylog.log.RecordStore, io.polylog.log.ShardMachine>
                    machine) {
        MemoryShardLog made = new MemoryShardLog(name, WAITING_BYTES, clock, workers, machine);
        memoryLogs.add(made);
        return made;
    }

    /// What is in memory ends, and the broker's timers.
    final void closeMemory() {
        if (scheduler != null) {
            scheduler.close();
        }
        memoryLogs.forEach(MemoryShardLog::close);
        memoryLogs.clear();
    }

    @Override
    Broker broker() {
        return Objects.requireNonNull(broker);
    }

    @Override
    void await(String what, BooleanSupplier condition) {
        long deadline = clock.nanos() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            loop.runOne(1);
            Throwable cause = failure.get();
            if (cause != null) {
                throw new AssertionError("a thread died waiting for: " + what, cause);
            }
            if (clock.nanos() > deadline) {
                throw new AssertionError("a minute without: " + what);
            }
        }
    }

    @Override
    void quiesce() {
        boolean more = true;
        while (more) {
            more = loop.runOne(QUIET_MS);
        }
    }

    @Override
    void passMs(long ms) {
        clock.jumpWallMs(ms);
    }

    @Override
    long nanos() {
        return clock.nanos();
    }

    @Override
    <T> T blocking(Supplier<T> call) {
        return await(CompletableFuture.supplyAsync(call));
    }

    @Override
    public void close() {
        closeMemory();
    }

    /// Everything in memory.
    static final class InMemory extends ThreadedRig {
        InMemory(int shards) {
            start(shards);
        }

        @Override
        Logs open(CoreMachines machines) {
            List<ShardLog> data = new ArrayList<>();
            for (int i = 0; i < machines.shards(); i++) {
                int shard = i;
                data.add(inMemory("data-" + i, store -> machines.data(shard, store)));
            }
            ShardLog meta = inMemory("meta", machines::meta);
            return new Logs(meta, data, inMemory("memory", machines::memory));
        }

        @Override
        void crash() {
            throw new UnsupportedOperationException("nothing would be left");
        }

        @Override
        void restart() {
            crash();
        }

        @Override
        void checkpoint() {
            crash();
        }

        @Override
        void diskFull(boolean full) {
            throw new UnsupportedOperationException("there is no disk");
        }
    }

    /// The local engine over some disk.
    abstract static class OnLog extends ThreadedRig {
        private static final int META = 101;

        final LogConfig config;
        private final Disk disk;
        private final int shards;
        private @Nullable Log log;
        private @Nullable ShardLog anyShard;

        OnLog(Disk disk, LogConfig config, int shards) {
            this.disk = disk;
            this.config = config;
            this.shards = shards;
            start(shards);
        }

        @Override
        final Logs open(CoreMachines machines) {
            Log.Machinery machinery = new Log.Machinery(disk, clock, new SeededEntropy(5), workers);
            try {
                Log made = Log.open(config, machinery, (reason, cause) -> failure.set(cause));
                log = made;
                List<ShardLog> data = new ArrayList<>();
                for (int i = 0; i < machines.shards(); i++) {
                    int shard = i;
                    data.add(made.shard(shard, store -> machines.data(shard, store)));
                }
                ShardLog meta = made.shard(META, machines::meta);
                made.start();
                anyShard = meta;
                return new Logs(meta, data, inMemory("memory", machines::memory));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /// Stops the log's thread, as a slow disk would; what it gives lets it go on.
        final Runnable holdLog() {
            CountDownLatch held = new CountDownLatch(1);
            Objects.requireNonNull(anyShard).execute(() -> awaitUninterrupted(held));
            return held::countDown;
        }

        private static void awaitUninterrupted(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        final void restart() {
            quiesce();
            end();
            afresh();
        }

        final void end() {
            closeMemory();
            try {
                Objects.requireNonNull(log).close();
            } catch (IOException | RuntimeException e) {
                failure.compareAndSet(null, e);
            }
        }

        final void afresh() {
            failure.set(null);
            loop.clear();
            start(shards);
        }

        @Override
        final void checkpoint() {
            // The log decides by itself when to take one.
        }

        @Override
        public final void close() {
            end();
        }
    }

    /// The local engine as it runs everywhere, on the machine's disk and with default settings.
    static final class OnRealDisk extends OnLog {
        OnRealDisk(Path folder, int shards) {
            super(new RealDisk(), LogConfig.of(folder), shards);
        }

        @Override
        void crash() {
            throw new UnsupportedOperationException("this process would end");
        }

        @Override
        void diskFull(boolean full) {
            throw new UnsupportedOperationException("the machine's disk is not ours");
        }
    }

    /// The local engine, over a disk that loses what was not synced.
    static final class Local extends OnLog {

        private final SimDisk disk;

        Local(int shards) {
            this(shards, 32 * MIB);
        }

        /// @param segmentBytes size of a full-grown segment
        Local(int shards, int segmentBytes) {
            this(new SimDisk(11), sized(segmentBytes), shards);
        }

        private Local(SimDisk disk, LogConfig config, int shards) {
            super(disk, config, shards);
            this.disk = disk;
        }

        private static LogConfig sized(int segmentBytes) {
            int first = Math.min(segmentBytes, 4 * MIB);
            return LogConfig.of(Path.of("/data")).withSizes(segmentBytes, first, 8 * MIB);
        }

        /// The process is stopped in peace or dies, one bit of the stored text turns over, and the
        /// process is started again.
        void restartDamaged(String text, boolean peacefully) {
            restartDamaged(text, peacefully, 0);
        }

        /// @param at where the bit is, counted in bytes from the text
        void restartDamaged(String text, boolean peacefully, int at) {
            quiesce();
            if (!peacefully) {
                disk.powerOff();
            }
            end();
            if (!peacefully) {
                disk.losePower();
            }
            try {
                flip(text.getBytes(StandardCharsets.UTF_8), at);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            afresh();
        }

        private void flip(byte[] wanted, int from) throws IOException {
            for (String name : disk.list(config.directory())) {
                Path path = config.directory().resolve(name);
                if (name.endsWith(".log")) {
                    ByteBuffer content = content(path);
                    for (int at = 0; at + wanted.length <= content.limit(); at++) {
                        if (content.slice(at, wanted.length).equals(ByteBuffer.wrap(wanted))) {
                            disk.flipBit(path, at + from, 3);
                            return;
                        }
                    }
                }
            }
            throw new AssertionError("nothing like it is stored");
        }

        /// Bytes of all segment files.
        long segmentsBytes() {
            try {
                long bytes = 0;
                for (String name : disk.list(config.directory())) {
                    if (name.endsWith(".log") || name.endsWith(".pack")) {
                        bytes += sizeBytes(config.directory().resolve(name));
                    }
                }
                return bytes;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private long sizeBytes(Path path) throws IOException {
            try (DiskFile file = disk.open(path, Disk.Open.READ)) {
                return file.sizeBytes();
            } catch (NoSuchFileException _) {
                return 0; // gone since it was listed
            }
        }

        private ByteBuffer content(Path path) throws IOException {
            try (DiskFile file = disk.open(path, Disk.Open.READ)) {
                ByteBuffer all = ByteBuffer.allocate((int) file.sizeBytes());
                int _ = file.read(all, 0);
                return all.flip();
            }
        }

        @Override
        void crash() {
            disk.powerOff();
            end();
            disk.losePower();
            afresh();
        }

        @Override
        void diskFull(boolean full) {
            if (full) {
                disk.leaveRoom(0);
            } else {
                disk.makeRoom();
            }
        }
    }
}
