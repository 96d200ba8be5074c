package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The filters that consumers of one subscription have of their own, and what each is known to
/// want. Each message is looked at once for each filter, ahead of serving, and only while a filter
/// knows of nothing that it could be given. So memory holds a bit for each unsettled message that a
/// filter wants, as far as it has looked; what it does not want costs nothing. On the shard's
/// thread.
final class OwnFilters {
    /// Most different filters of one subscription: each is asked about each message.
    static final int MOST = 1_000;

    private final Map<Filter, Known> all = new LinkedHashMap<>();

    /// The first offset that is not to be given now: somebody is to look at it first.
    long barrier = Long.MAX_VALUE;

    /// What one filter is known to want.
    static final class Known {
        final Filter filter;

        /// How many consumers have it.
        private int consumers;

        /// What it wants of what is below [#lookedTo] and unsettled, whoever has it.
        private final OffsetSet wanted = new OffsetSet();

        /// Everything below was looked at.
        private long lookedTo;

        /// Nothing that it wants below is ready.
        private long cursor;

        private Known(Filter filter) {
            this.filter = filter;
        }

        long lookedTo() {
            return lookedTo;
        }
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /// Whether a filter is not there, and is one too many.
    boolean isFull(Filter filter) {
        return all.size() >= MOST && !all.containsKey(filter);
    }

    /// A consumer has this filter.
    ///
    /// @param floor everything below is settled
    Known add(Filter filter, long floor) {
        Known known = all.computeIfAbsent(filter, Known::new);
        known.lookedTo = Math.max(known.lookedTo, known.consumers == 0 ? floor : 0);
        known.consumers++;
        return known;
    }

    /// One of its consumers went.
    void remove(Known known) {
        known.consumers--;
        if (known.consumers == 0) {
            all.remove(known.filter);
        }
    }

    /// What is behind the first of these consumers' filters that has credit and has not looked
    /// further is not given to any of them, nor to those behind: it may be that one's.
    static long barrier(List<Attachment> byPriority) {
        long barrier = Long.MAX_VALUE;
        for (Attachment each : byPriority) {
            Known known = each.known;
            if (known != null && known.lookedTo < barrier && !each.terms.credit().isEmpty()) {
                barrier = known.lookedTo;
            }
        }
        return barrier;
    }

    /// Takes the first that is ready and wanted.
    ///
    /// @param known whose filter; null for who takes anything
    /// @param barrier the first offset that is not to be taken
    /// @param limit most offsets to take
    /// @return whether there was one; it is in `run`
    static boolean take(@Nullable Known known, long barrier, long limit, Ready ready, Run run) {
        boolean found =
                known == null ? ready.findReady(0, barrier, run) : find(known, barrier, ready, run);
        if (found) {
            run.end = Math.min(run.end, run.first + limit);
            ready.takeFound(run);
        }
        return found;
    }

    /// Finds the first that is ready, wanted and below the barrier.
    static boolean find(Known known, long barrier, Ready ready, Run found) {
        long end = Math.min(known.lookedTo, barrier);
        long position = known.wanted.next(known.cursor);
        while (position >= 0 && position < end) {
            long to = Math.min(end, known.wanted.endOfRun(position));
            if (ready.findReady(position, to, found)) {
                known.cursor = found.first;
                return true;
            }
            position = known.wanted.next(to);
        }
        known.cursor = Math.max(known.cursor, end);
        return false;
    }

    /// Filters that know of nothing to give, and have not looked at all there is.
    List<Known> blind(long streamEnd, Ready ready, Run run) {
        List<Known> blind = new ArrayList<>(0);
        for (Known known : all.values()) {
            if (known.lookedTo < streamEnd && !find(known, Long.MAX_VALUE, ready, run)) {
                blind.add(known);
            }
        }
        return blind;
    }

    /// From here on something may be ready again.
    void cameBack(long first) {
        for (Known known : all.values()) {
            known.cursor = Math.min(known.cursor, first);
        }
    }

    /// From here on something is owed again that was settled: it was forgotten.
    void revived(long first) {
        cameBack(first);
        for (Known known : all.values()) {
            known.lookedTo = Math.min(known.lookedTo, first);
        }
    }

    /// A settlement named these offsets.
    void settled(long first, long end, SettledSet settled) {
        for (Known known : all.values()) {
            long offset = known.wanted.isEmpty() ? -1 : known.wanted.next(first);
            while (offset >= 0 && offset < end) {
                if (settled.isSettled(offset)) {
                    known.wanted.remove(offset);
                }
                offset = known.wanted.next(offset + 1);
            }
        }
    }

    /// A filter has looked further.
    ///
    /// @param before how far it had looked when it began; when it has been set back meanwhile it
    ///   looks again
    /// @param found what it wants from there to `end`
    /// @param settled what of it is done with by now is left out
    static void looked(Known known, long before, long end, OffsetSet found, SettledSet settled) {
        if (known.lookedTo != before || end <= before) {
            return;
        }
        Run run = new Run();
        long first = found.next(before);
        while (first >= 0) {
            long to = found.endOfRun(first);
            long position = first;
            while (settled.find(position, to, run)) {
                known.wanted.addAll(run.first, run.end);
                position = run.end;
            }
            first = found.next(to);
        }
        known.lookedTo = end;
    }
}
