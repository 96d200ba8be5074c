package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.crash.FlipRun;
import io.polylog.log.crash.FlipRun.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Turns over a bit of a log's files, hundreds of times. A failing run prints its seed.
class LogDamageSimulationTest {
    private static final int RUNS = Integer.getInteger("polylog.sim.flips", 600);

    @Test
    void a_flipped_bit_is_refused_or_told_and_never_cut_away_or_served() {
        Map<Outcome, Integer> outcomes = new ConcurrentHashMap<>();

        LongStream.range(0, RUNS)
                .parallel()
                .forEach(seed -> outcomes.merge(new FlipRun(seed, false).run(), 1, Integer::sum));

        assertThat(outcomes.keySet()).contains(Outcome.REFUSED, Outcome.TOLD);
    }
}
