package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.sim.Fault;
import io.polylog.io.sim.PlantedDisk;
import io.polylog.io.sim.PlantedDisk.Lie;
import io.polylog.log.crash.CrashRun;
import io.polylog.log.crash.DamageRun;
import io.polylog.log.crash.FaultRun;
import io.polylog.log.crash.Violation;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Canaries: the simulation finds each of these bugs when it is there.
class PlantedBugTest {
    private static final int RUNS = 300;
    private static final Pattern LOSS = Pattern.compile("lost: |LogOpenException|is damaged");

    @Test
    void an_acknowledgement_before_the_sync_is_caught() {
        assertThat(firstLoss(seed -> crash(seed, Lie.WRITES_ARE_NOT_DURABLE))).isNotEmpty();
    }

    @Test
    void a_directory_that_is_not_synced_is_caught() {
        assertThat(firstLoss(seed -> crash(seed, Lie.DIRECTORIES_ARE_NOT_SYNCED))).isNotEmpty();
    }

    @Test
    void a_failed_sync_that_is_ignored_is_caught() {
        assertThat(firstLoss(PlantedBugTest::loseSync)).isNotEmpty();
    }

    @Test
    void committed_data_that_is_cut_away_at_a_bad_checksum_is_caught() {
        assertThat(firstLoss(seed -> new DamageRun(seed, DamageRun.Kind.FLIPPED_AND_CUT).run()))
                .isNotEmpty();
    }

    private static void crash(long seed, Lie lie) {
        new CrashRun(seed, disk -> new PlantedDisk(disk, lie)).run();
    }

    private static void loseSync(long nth) {
        Lie lie = Lie.FAILURES_ARE_SWALLOWED;
        new FaultRun(1, Fault.LOST_SYNC, nth + 1, disk -> new PlantedDisk(disk, lie)).run();
    }

    /// The first loss that the simulation finds; empty when it finds none.
    private static String firstLoss(LongConsumer run) {
        return LongStream.range(0, RUNS)
                .mapToObj(seed -> violation(run, seed))
                .filter(said -> LOSS.matcher(said).find())
                .findFirst()
                .orElse("");
    }

    private static String violation(LongConsumer run, long seed) {
        try {
            run.accept(seed);
            return "";
        } catch (Violation caught) {
            return String.valueOf(caught.getMessage());
        }
    }
}
