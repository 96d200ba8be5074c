package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.log.sim.Temper;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/// The checker of random histories finds the bugs it is there for, and makes what it found small.
final class HistoryCheckerTest {
    private static final int STEPS = 400;
    private static final int SEEDS = 15;
    private static final int SAME_STEPS = 2_000;
    private static final int SAME_RUNS = 4;

    /// What goes wrong with dead letters, delays and filters [PolicyModelTest] finds, with what
    /// operators do [RedriveModelTest], with what queues keep [KeepModelTest], with subscriptions
    /// [SubscriptionModelTest], with single messages that are removed [RemovalModelTest].
    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {
                "LOSES_DEAD_LETTERS",
                "DOUBLES_DEAD_LETTERS",
                "SHOWS_TOO_SOON",
                "FORGETS_WHAT_WAS_DUE",
                "LOSES_WHAT_IS_WANTED",
                "FORGETS_RELOCATIONS",
                "FORGETS_PAUSES",
                "FORGETS_RESETS",
                "FORGETS_ALTERED_SUBSCRIPTIONS",
                "FORGETS_DELETED_SUBSCRIPTIONS",
                "FORGETS_REMOVALS",
                "FORGETS_ERRORS"
            })
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
    void whatIsFoundWhenAnAnswerComesEndsTheHistory() {
        try (ModelledRig rig = new ModelledRig(1, 1, Temper.LOCAL)) {
            World world = new World(rig, Temper.LOCAL);
            CompletableFuture<String> answer = new CompletableFuture<>();
            world.hear(
                    answer,
                    (text, failed) -> {
                        throw new Violation("wrong: " + text);
                    });
            world.checkFound();
            answer.complete("this");

            assertThatThrownBy(world::checkFound)
                    .isInstanceOf(Violation.class)
                    .hasMessage("wrong: this");
        }
    }

    /// Else the seed of a failure says nothing.
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aSeedGivesTheSameHistoryEachTime(int shards) {
        History history = History.draw(1, shards, Temper.CLUSTER, SAME_STEPS);
        List<String> ends =
                Stream.generate(() -> new HistoryRun(history, m -> m, false).run())
                        .limit(SAME_RUNS)
                        .distinct()
                        .toList();

        assertThat(ends).hasSize(1);
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
