package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

/// Every offset is found in its run, however even or uneven the runs are.
class RunTableTest {
    private static final int RUNS = 500;

    @Test
    void findsOffsetsInRunsOfOneLength() {
        check(RUNS, run -> 7);
    }

    @Test
    void findsOffsetsWhereLongRunsFollowShortOnes() {
        check(RUNS, run -> run < RUNS / 2 ? 1 : 1000);
        check(RUNS, run -> run < RUNS / 2 ? 1000 : 1);
        check(RUNS, run -> run == 0 ? 100_000 : 1);
    }

    @Test
    void findsOffsetsInRunsOfAnyLength() {
        Random random = new Random(3);
        check(RUNS, run -> 1 + (int) Math.exp(random.nextDouble() * 8));
        check(1, run -> 5);
        check(2, run -> 1 + random.nextInt(3));
    }

    private static void check(int count, IntUnaryOperator length) {
        Runs runs = new Runs();
        int[] starts = new int[count + 1];
        for (int run = 0; run < count; run++) {
            runs.add(starts[run], run + 1);
            starts[run + 1] = starts[run] + length.applyAsInt(run);
        }
        int span = starts[count];
        for (int run = 0; run < count; run++) {
            assertThat(runs.find(count, starts[run], span)).isEqualTo(run);
            assertThat(runs.find(count, starts[run + 1] - 1, span)).isEqualTo(run);
        }
        assertThat(runs.find(count, span + 100, span)).isEqualTo(count - 1);
    }
}
