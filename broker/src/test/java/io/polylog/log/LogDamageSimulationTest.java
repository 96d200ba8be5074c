package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.crash.DamageRun;
import io.polylog.log.crash.DamageRun.Kind;
import io.polylog.log.crash.DamageRun.Outcome;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damages a file of a log, hundreds of times. A failing run prints its seed.
@Tag("slow")
class LogDamageSimulationTest {
    private static final int RUNS = Integer.getInteger("polylog.sim.damages", 200);

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"FLIPPED", "MISSING", "SHORT"})
    void damage_is_refused_or_told_or_made_up_for_and_never_served_or_cut_away(Kind kind) {
        Map<Outcome, Integer> outcomes = new ConcurrentHashMap<>();

        LongStream.range(0, RUNS)
                .parallel()
                .mapToObj(seed -> new DamageRun(seed, kind).run())
                .forEach(outcome -> outcomes.merge(outcome, 1, Integer::sum));

        assertThat(outcomes).containsKeys(Outcome.REFUSED, Outcome.MADE_UP_FOR);
        if (kind == Kind.FLIPPED) {
            assertThat(outcomes).containsKey(Outcome.TOLD);
        }
    }
}
