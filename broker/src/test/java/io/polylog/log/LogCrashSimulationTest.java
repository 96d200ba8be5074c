package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.crash.CrashRun;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Crashes a log at random moments, thousands of times, and looks what it comes back with. A
/// failing run prints its seed; `-Dpolylog.sim.seed=N` runs that one alone.
@Tag("slow")
class LogCrashSimulationTest {
    private static final int RUNS = Integer.getInteger("polylog.sim.runs", 3_000);
    private static final Long ONLY = Long.getLong("polylog.sim.seed");

    @Test
    void what_was_accepted_survives_any_crash_and_nothing_else_appears() {
        LongStream seeds = ONLY == null ? LongStream.range(0, RUNS) : LongStream.of(ONLY);

        long batches =
                seeds.parallel()
                        .map(seed -> {
                            CrashRun run = new CrashRun(seed);
                            run.run();
                            return run.batches();
                        })
                        .sum();

        assertThat(batches).isGreaterThan(ONLY == null ? RUNS * 10L : 0);
    }
}
