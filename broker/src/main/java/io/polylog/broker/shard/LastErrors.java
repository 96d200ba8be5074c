package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What was said last of messages that came back, of all subscriptions of a shard. Bounded: the
/// oldest are forgotten for newer ones. What is said of messages that have left stays until then;
/// nobody asks for it. On the shard's thread.
final class LastErrors {
    /// Of at most [ErrorPage#MOST_ENTRIES] each: some 5 MiB when all are full.
    private static final int MOST_PAGES = 128;

    private final Cells cells;
    private final Deque<ErrorPage> pages = new ArrayDeque<>(1);

    /// By subscription, then by first offset: what holds now. Runs do not overlap.
    private final Map<Long, TreeMap<Long, Said>> bySubscription = new HashMap<>(1);

    /// Restored and not in place.
    private final List<ErrorPage> waiting = new ArrayList<>(0);

    LastErrors(Cells cells) {
        this.cells = cells;
    }

    /// What holds of a run.
    ///
    /// @param end one past its last offset
    /// @param page in which it stands
    private record Said(long end, String error, ErrorPage page) {}

    /// Takes a part of a range of which one thing was said; "" for nothing.
    @FunctionalInterface
    interface Sink {
        void error(long first, long end, String error);
    }

    /// Something is said of a run, which replaces what was said before.
    void add(long subscription, long first, long end, String error) {
        ErrorPage page = pages.peekLast();
        if (page == null || page.isFull()) {
            if (pages.size() == MOST_PAGES) {
                forget(pages.removeFirst());
            }
            page = cells.born(new ErrorPage(page == null ? 0 : page.number + 1));
            pages.add(page);
        } else {
            cells.touch(page);
        }
        page.add(new ErrorPage.Entry(subscription, first, end, error));
        say(subscription, first, new Said(end, error, page));
    }

    private void say(long subscription, long first, Said said) {
        TreeMap<Long, Said> runs =
                bySubscription.computeIfAbsent(subscription, s -> new TreeMap<>());
        clear(runs, first, said.end);
        runs.put(first, said);
    }

    /// Nothing holds any more of a range.
    private static void clear(NavigableMap<Long, Said> runs, long first, long end) {
        Map.Entry<Long, Said> before = runs.lowerEntry(first);
        if (before != null && before.getValue().end > first) {
            Said said = before.getValue();
            runs.put(before.getKey(), new Said(first, said.error, said.page));
            if (said.end > end) {
                runs.put(end, said);
            }
        }
        Map.Entry<Long, Said> last = runs.lowerEntry(end);
        if (last != null && last.getKey() >= first && last.getValue().end > end) {
            runs.put(end, last.getValue());
        }
        runs.subMap(first, end).clear();
    }

    private void forget(ErrorPage page) {
        cells.touch(page);
        for (ErrorPage.Entry entry : page.entries()) {
            TreeMap<Long, Said> runs = bySubscription.get(entry.subscription());
            if (runs != null) {
                runs.subMap(entry.first(), entry.end())
                        .values()
                        .removeIf(said -> said.page == page);
                if (runs.isEmpty()) {
                    bySubscription.remove(entry.subscription());
                }
            }
        }
    }

    /// Nothing is said of a subscription any more.
    void forget(long subscription) {
        if (bySubscription.remove(subscription) != null) {
            for (ErrorPage page : pages) {
                cells.touch(page);
                page.entries().removeIf(entry -> entry.subscription() == subscription);
            }
        }
    }

    /// Divides a range by what was said last.
    void each(long subscription, long first, long end, Sink sink) {
        TreeMap<Long, Said> runs = bySubscription.get(subscription);
        long position = first;
        if (runs != null) {
            Long from = runs.floorKey(first);
            for (Map.Entry<Long, Said> each :
                    runs.subMap(from == null ? first : from, end).entrySet()) {
                Said said = each.getValue();
                long start = Math.max(each.getKey(), position);
                long stop = Math.min(said.end, end);
                if (start < stop) {
                    if (position < start) {
                        sink.error(position, start, "");
                    }
                    sink.error(start, stop, said.error);
                    position = stop;
                }
            }
        }
        if (position < end) {
            sink.error(position, end, "");
        }
    }

    void cells(Collection<Cell> into) {
        into.addAll(pages);
    }

    /// Takes a page of a checkpoint back.
    void restore(ErrorPage page) {
        waiting.add(page);
    }

    /// All pages are there.
    void restored() {
        waiting.sort(Comparator.comparingLong(page -> page.number));
        for (ErrorPage page : waiting) {
            pages.add(page);
            for (ErrorPage.Entry entry : page.entries()) {
                say(
                        entry.subscription(),
                        entry.first(),
                        new Said(entry.end(), entry.error(), page));
            }
        }
        waiting.clear();
    }

    void dump(StringBuilder out) {
        for (ErrorPage page : pages) {
            out.append("errors ").append(page.number).append(": ");
            out.append(page.entries()).append('\n');
        }
    }
}
