package io.polylog.broker.core;

import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.shard.OffsetSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Deliveries of one subscription that were handed out and not settled: one bit each. On the
/// session's loop.
final class Claims {
    private @Nullable OffsetSet[] byAttempt = new @Nullable OffsetSet[1];

    void add(long offset, int attempt) {
        if (attempt >= byAttempt.length) {
            byAttempt = Arrays.copyOf(byAttempt, attempt + 1);
        }
        OffsetSet set = byAttempt[attempt];
        if (set == null) {
            set = new OffsetSet();
            byAttempt[attempt] = set;
        }
        set.add(offset);
    }

    boolean has(long offset, int attempt) {
        OffsetSet set = attempt < byAttempt.length ? byAttempt[attempt] : null;
        return set != null && set.contains(offset);
    }

    /// Takes one out; false when it is not there with that attempt.
    boolean remove(long offset, int attempt) {
        OffsetSet set = attempt < byAttempt.length ? byAttempt[attempt] : null;
        return set != null && set.remove(offset);
    }

    boolean isEmpty() {
        for (OffsetSet set : byAttempt) {
            if (set != null && !set.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /// All of them.
    List<Span> spans() {
        List<Span> spans = new ArrayList<>();
        for (int attempt = 0; attempt < byAttempt.length; attempt++) {
            OffsetSet set = byAttempt[attempt];
            long first = set == null ? -1 : set.first();
            while (set != null && first >= 0) {
                long end = set.endOfRun(first);
                spans.add(new Span(first, end, attempt));
                first = set.next(end);
            }
        }
        return spans;
    }
}
