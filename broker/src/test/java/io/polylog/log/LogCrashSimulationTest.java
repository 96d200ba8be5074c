package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.crash.CrashRun;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Crashes a log at random moments, thousands of times, and looks what it comes back with. A
/// failing run prints its seed; `-Dpolylog.sim.seed=N` runs that one alone.
@Tag("slow")
class LogCrashSimulationTest {
    private static final int RUNS = Integer.getInteger("polylog.sim.runs", 3_000);
    private static final Long ONLY = Long.getLong("polylog.sim.seed");

    private final LongAdder lives = new LongAdder();
    private final LongAdder batches = new LongAdder();
    private final LongAdder refusedForSpace = new LongAdder();

    @Test
    void what_was_accepted_survives_any_crash_and_nothing_else_appears() {
        if (ONLY != null) {
            new CrashRun(ONLY).run();
            return;
        }
        LongStream.range(0, RUNS).parallel().forEach(this::run);

        // The runs did happen, and came to the places that are rare.
        assertThat(lives.sum()).isGreaterThan(RUNS * 3L);
        assertThat(batches.sum()).isGreaterThan(RUNS * 20L);
        assertThat(refusedForSpace.sum()).isGreaterThan(RUNS / 10);
    }

    private void run(long seed) {
        CrashRun run = new CrashRun(seed);
        run.run();
        lives.add(run.lives());
        batches.add(run.batches());
        refusedForSpace.add(run.refused(Batch.Refusal.DISK_FULL));
    }
}
