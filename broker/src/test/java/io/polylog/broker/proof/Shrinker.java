package io.polylog.broker.proof;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// Leaves out of a failing history whatever it fails without.
final class Shrinker {
    private final Predicate<History> fails;
    private int runsLeft;

    /// @param fails runs a history
    /// @param mostRuns how many runs may be spent
    Shrinker(Predicate<History> fails, int mostRuns) {
        this.fails = fails;
        this.runsLeft = mostRuns;
    }

    History shrink(History failing) {
        History smallest = failing;
        int piece = Math.max(1, failing.ops().size() / 2);
        while (piece >= 1 && runsLeft > 0) {
            History smaller = without(smallest, piece);
            if (smaller.equals(smallest) && piece == 1) {
                break;
            }
            piece = smaller.equals(smallest) ? piece / 2 : Math.min(piece, smaller.ops().size());
            smallest = smaller;
        }
        return smallest;
    }

    /// Leaves out pieces of a size wherever that keeps it failing.
    private History without(History failing, int piece) {
        History smallest = failing;
        int from = 0;
        while (from < smallest.ops().size() && runsLeft > 0) {
            List<Op> ops = smallest.ops();
            List<Op> fewer = new ArrayList<>(ops.subList(0, from));
            fewer.addAll(ops.subList(Math.min(ops.size(), from + piece), ops.size()));
            History candidate = smallest.with(fewer);
            runsLeft--;
            if (fails.test(candidate)) {
                smallest = candidate;
            } else {
                from += piece;
            }
        }
        return smallest;
    }
}
