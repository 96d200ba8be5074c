package io.polylog.log;

import io.polylog.io.ThreadWorkers;
import io.polylog.io.sim.JumpingClock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// The memory engine keeps the contract of every engine.
final class MemoryShardLogContractTest extends ShardLogContractTest {
    @Override
    EngineRig makeRig() {
        return new MemoryRig();
    }

    private static final class MemoryRig implements EngineRig {
        private static final long WAITING_BYTES = 64 << 20;

        private final JumpingClock clock = new JumpingClock();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private @Nullable MemoryShardLog log;

        @Override
        public ShardLog start(Function<RecordStore, ShardMachine> machine) {
            ThreadWorkers workers = new ThreadWorkers((thread, cause) -> failure.set(cause));
            MemoryShardLog made =
                    new MemoryShardLog("memory-test", WAITING_BYTES, clock, workers, machine);
            log = made;
            return made;
        }

        @Override
        public void await(BooleanSupplier condition) {
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(1))
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> failure.get() != null || condition.getAsBoolean());
            Throwable cause = failure.get();
            if (cause != null) {
                throw new AssertionError("the engine's thread died", cause);
            }
        }

        @Override
        public void jumpWallMs(long ms) {
            clock.jumpWallMs(ms);
        }

        @Override
        public void close() {
            MemoryShardLog running = log;
            if (running != null) {
                running.close();
            }
        }
    }
}
