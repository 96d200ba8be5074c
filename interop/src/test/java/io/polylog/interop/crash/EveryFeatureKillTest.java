package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything queues can do, switched on at random, with workers who do not do as they should and
/// an operator at work, while the broker is killed again and again: nothing is lost, doubled, early
/// or out of order.
@Tag("slow")
class EveryFeatureKillTest {
    private static final int KILLS = Math.max(1, Integer.getInteger("polylog.kills", 10) / 2);

    /// `-Dpolylog.seed` draws the same rules once more.
    private final long seed =
            Long.getLong("polylog.seed", ThreadLocalRandom.current().nextInt(1_000_000));

    @TempDir private Path folder;

    @Test
    void nothing_is_lost_doubled_early_or_out_of_order() throws Exception {
        FeatureRun run = new FeatureRun(folder, seed, BrokerProcess::kill9);
        List<String> wrong = run.lives(KILLS);

        System.out.printf("%d kills, seed %d: %,d confirmed%n", KILLS, seed, run.confirmed());
        assertThat(wrong).as("-Dpolylog.seed=%d with %s", seed, run).isEmpty();
        assertThat(run.confirmed()).as("confirmed").isGreaterThan(100L * KILLS);
    }
}
