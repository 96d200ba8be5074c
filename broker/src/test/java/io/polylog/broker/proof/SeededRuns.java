package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.function.LongConsumer;
import java.util.stream.LongStream;

/// Runs a model beside the broker at random, once for each seed.
final class SeededRuns {
    private static final int FEW = 10;

    private SeededRuns() {}

    /// Runs so many, or only the one that `-Dpolylog.seed` names; says which one fails.
    static void check(int count, LongConsumer run) {
        Long only = Long.getLong("polylog.seed");
        LongStream seeds = only == null ? LongStream.range(0, count) : LongStream.of(only);
        seeds.forEach(seed -> {
            Throwable broken = catchThrowable(() -> run.accept(seed));
            assertThat(broken).as("-Dpolylog.seed=" + seed).isNull();
        });
    }

    /// How many of ten end in a [Violation].
    static long violations(LongConsumer run) {
        return LongStream.range(0, FEW)
                .filter(seed -> catchThrowable(() -> run.accept(seed)) instanceof Violation)
                .count();
    }
}
