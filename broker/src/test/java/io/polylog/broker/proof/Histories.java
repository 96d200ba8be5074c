package io.polylog.broker.proof;

import io.polylog.log.ShardMachine;
import io.polylog.log.sim.Temper;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Runs many histories; a failing one is made small and told with its seed.
final class Histories {
    private static final int SHRINKING_RUNS = 300;

    private final int shards;
    private final Temper temper;
    private final UnaryOperator<ShardMachine> sabotage;
    private final boolean looksInside;

    Histories(int shards, Temper temper) {
        this(shards, temper, UnaryOperator.identity(), true);
    }

    /// @param sabotage what a planted bug makes of the machines
    /// @param looksInside whether machines are compared with what replay makes of others
    Histories(
            int shards, Temper temper, UnaryOperator<ShardMachine> sabotage, boolean looksInside) {
        this.shards = shards;
        this.temper = temper;
        this.sabotage = sabotage;
        this.looksInside = looksInside;
    }

    /// Runs one history; fails with the smallest one that fails too.
    void run(long seed, int length) {
        History history = History.draw(seed, shards, temper, length);
        Throwable failure = failure(history);
        if (failure != null) {
            throw told(history, failure);
        }
    }

    /// What a history fails with, or null.
    @Nullable Throwable failure(History history) {
        try {
            new HistoryRun(history, sabotage, looksInside).run();
            return null;
        } catch (AssertionError | RuntimeException e) {
            return e;
        }
    }

    /// Whether a smaller history fails for the same reason, as far as words can tell.
    private static boolean isLike(Throwable wanted, @Nullable Throwable found) {
        return found != null && words(wanted).equals(words(found));
    }

    private static String words(Throwable failure) {
        String text =
                String.valueOf(failure.getMessage()).replaceAll("'[^']*'|\\w*\\d[\\w.:-]*", "");
        return text.substring(0, Math.min(text.length(), 60));
    }

    private AssertionError told(History history, Throwable failure) {
        History small =
                new Shrinker(candidate -> isLike(failure, failure(candidate)), SHRINKING_RUNS)
                        .shrink(history);
        Throwable last = failure(small);
        String ops = small.ops().stream().map(Op::toString).collect(Collectors.joining("\n  "));
        return new AssertionError(
                """
                a history of %d steps fails, and so does this part of it; run it again with \
                -Dpolylog.seed=%d (%d shards, %s):
                  %s
                as a whole: %s
                in part: %s\
                """
                        .formatted(
                                history.ops().size(),
                                history.seed(),
                                shards,
                                temper,
                                ops,
                                failure,
                                last),
                last == null ? failure : last);
    }
}
