package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.sim.Temper;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The checker of random histories finds the bugs it is there for, and makes what it found small.
final class HistoryCheckerTest {
    private static final int STEPS = 400;
    private static final int SEEDS = 15;

    @ParameterizedTest
    @EnumSource
    void aPlantedBugIsSeenFromOutsideInFewHistories(PlantedBug.Kind kind) {
        Histories histories = new Histories(1, Temper.LOCAL, kind.plant(), false);
        Throwable found =
                LongStream.rangeClosed(1, SEEDS)
                        .mapToObj(seed -> failure(histories, seed))
                        .filter(failure -> failure != null)
                        .findFirst()
                        .orElse(null);

        assertThat(found).as("what is found in %d histories", SEEDS).isNotNull();
        assertThat(found).isInstanceOf(AssertionError.class);
    }

    @Test
    void aStateThatReplayDoesNotGiveIsFound() {
        PlantedBug.Kind kind = PlantedBug.Kind.FORGETS_ATTEMPTS;
        Histories histories = new Histories(1, Temper.LOCAL, kind.plant(), true);

        assertThat(failure(histories, 1)).hasMessageContaining("is not what its log makes of it");
    }

    @Test
    void aFailingHistoryIsMadeSmall() {
        History failing = History.draw(1, 1, Temper.LOCAL, STEPS);
        Shrinker shrinker = new Shrinker(HistoryCheckerTest::hasCrashAfterTake, 1_000);
        assertThat(hasCrashAfterTake(failing)).isTrue();

        assertThat(shrinker.shrink(failing).ops()).hasSize(2).first().isInstanceOf(Op.Take.class);
    }

    private static boolean hasCrashAfterTake(History history) {
        boolean taken = false;
        for (Op op : history.ops()) {
            taken |= op instanceof Op.Take;
            if (taken && op instanceof Op.Crash) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Throwable failure(Histories histories, long seed) {
        return histories.failure(History.draw(seed, 1, Temper.LOCAL, STEPS));
    }
}
