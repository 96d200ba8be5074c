package io.polylog.log;

import io.polylog.io.SeededEntropy;
import io.polylog.io.ThreadWorkers;
import io.polylog.io.sim.JumpingClock;
import io.polylog.io.sim.SimDisk;
import io.polylog.io.sim.SimulatedCrash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// The local engine keeps the contract of every engine, over a disk that loses what was not synced.
final class LocalShardLogContractTest extends DurableShardLogContractTest {
    @Override
    EngineRig.Durable makeRig() {
        return new LocalRig();
    }

    private static final class LocalRig implements EngineRig.Durable {
        private static final int MIB = 1 << 20;
        private static final LogConfig CONFIG =
                LogConfig.of(Path.of("/data")).withSizes(32 * MIB, MIB, 8 * MIB);

        private final JumpingClock clock = new JumpingClock();
        private final SimDisk disk = new SimDisk(3);
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private @Nullable Log log;

        @Override
        public ShardLog start(Function<RecordStore, ShardMachine> machine) {
            failure.set(null);
            ThreadWorkers workers = new ThreadWorkers((thread, cause) -> failure.set(cause));
            Log.Machinery machinery = new Log.Machinery(disk, clock, new SeededEntropy(5), workers);
            try {
                Log made = Log.open(CONFIG, machinery, (reason, cause) -> failure.set(cause));
                log = made;
                ShardLog shard = made.shard(0, machine);
                made.start();
                return shard;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void await(BooleanSupplier condition) {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> failure.get() != null || condition.getAsBoolean());
            Throwable cause = failure.get();
            if (cause != null) {
                throw new AssertionError("the log failed", cause);
            }
        }

        @Override
        public void jumpWallMs(long ms) {
            clock.jumpWallMs(ms);
        }

        @Override
        public void crash() {
            disk.powerOff();
            close();
            disk.losePower();
        }

        @Override
        public void checkpoint() {
            Log running = log;
            if (running != null) {
                Void _ = running.checkpoint().toCompletableFuture().join();
            }
        }

        @Override
        public void diskFull(boolean full) {
            if (full) {
                disk.leaveRoom(0);
            } else {
                disk.makeRoom();
            }
        }

        @Override
        public void close() {
            Log running = log;
            if (running != null) {
                try {
                    running.close();
                } catch (IOException | RuntimeException | SimulatedCrash e) {
                    failure.compareAndSet(null, e);
                }
            }
        }
    }
}
