package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// When hidden messages of a shard become due. What is far away lies in buckets of 70 minutes, in
/// the order in which it came; these are divided into ones of 8 seconds, and those into ones of 16
/// milliseconds, a few pages at a time before their time begins, so that nobody waits for it. Each
/// entry is moved twice at most, and takes some six bytes. On the shard's thread.
final class Timers extends Cell {
    /// Widths of buckets as powers of two of a millisecond, the coarsest first.
    private static final int[] SHIFTS = {22, 13, 4};

    /// How long before its time a bucket begins to be divided.
    private static final long[] LEADS_MS = {600_000, 4_000, 0};

    private static final int FINEST = SHIFTS.length - 1;
    private static final int LEVEL_BITS = 2;

    /// Pages that are divided ahead at once, and how long others have their turn then.
    private static final int AHEAD_PAGES = 8;

    private static final long STEP_MS = 20;

    /// Nothing is pending, or nothing was told.
    private static final long NEVER = Long.MAX_VALUE;

    private final Cells cells;

    /// By level, then by bucket: in the order of their times.
    private final List<TreeMap<Long, Deque<TimerPage>>> levels =
            List.of(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

    /// Everything due until then was given: what comes is put into buckets as wide as its distance
    /// from here allows.
    private long givenMs = -1;

    /// Volatile: when to look for what is due; not after the first is.
    private long firstMs = NEVER;

    /// Volatile: what was last told of that.
    private long toldMs = NEVER;

    /// Restored and not in place.
    private final List<TimerPage> waiting = new ArrayList<>();

    Timers(Cells cells) {
        this.cells = cells;
    }

    /// Takes what is due.
    @FunctionalInterface
    interface Sink {
        void due(long subscription, long offset);
    }

    /// The first time of a bucket.
    static long startMs(long bucket) {
        return (bucket >> LEVEL_BITS) << SHIFTS[FINEST];
    }

    private static long bucket(long dueMs, int level) {
        int shift = SHIFTS[level];
        long start = (dueMs >> shift) << (shift - SHIFTS[FINEST]);
        return (start << LEVEL_BITS) | level;
    }

    private static int level(long bucket) {
        return (int) (bucket & ((1 << LEVEL_BITS) - 1));
    }

    /// A message was hidden.
    ///
    /// @param dueMs when it is to be shown, in milliseconds since 1970
    void add(long dueMs, long subscription, long offset) {
        int level = 0;
        while (level < FINEST
                && dueMs >> SHIFTS[level] <= (givenMs + LEADS_MS[level]) >> SHIFTS[level]) {
            level++;
        }
        put(bucket(dueMs, level), dueMs, subscription, offset);
    }

    private void put(long bucket, long dueMs, long subscription, long offset) {
        Deque<TimerPage> pages =
                levels.get(level(bucket)).computeIfAbsent(bucket, b -> new ArrayDeque<>(1));
        TimerPage last = pages.peekLast();
        if (last == null || last.full()) {
            int number = last == null ? 0 : last.number + 1;
            last = cells.born(new TimerPage(bucket, number, startMs(bucket)));
            pages.add(last);
        } else {
            cells.touch(last);
        }
        last.add(dueMs, subscription, offset);
        firstMs = Math.min(firstMs, level(bucket) < FINEST ? aheadMs(bucket) : dueMs);
    }

    /// When a bucket begins to be divided.
    private static long aheadMs(long bucket) {
        return startMs(bucket) - LEADS_MS[level(bucket)];
    }

    /// Gives and forgets what is due until `upToMs`: all of it, unless that is in more pages than
    /// are to be gone through; then it is to be asked for again.
    void due(long upToMs, int pages, Sink sink) {
        toldMs = NEVER;
        cells.touch(this);
        int left = give(upToMs, pages, sink);
        if (left < 0) {
            firstMs = upToMs;
            return;
        }
        givenMs = Math.max(givenMs, upToMs);
        divide(Math.min(left, AHEAD_PAGES));
        firstMs = first();
    }

    /// What is due, before anything is divided that is not.
    ///
    /// @return how many pages are left; -1 where they were not enough
    private int give(long upToMs, int pages, Sink sink) {
        List<long[]> later = new ArrayList<>();
        int left = pages;
        TimerPage next = firstDue(upToMs);
        while (next != null && left > 0) {
            left--;
            long from = next.bucket;
            take(next);
            next.each(
                    startMs(from),
                    (dueMs, subscription, offset) -> {
                        if (dueMs <= upToMs) {
                            sink.due(subscription, offset);
                        } else if (level(from) < FINEST) {
                            put(bucket(dueMs, level(from) + 1), dueMs, subscription, offset);
                        } else {
                            later.add(new long[] {dueMs, subscription, offset});
                        }
                    });
            next = firstDue(upToMs);
        }
        later.forEach(entry -> put(bucket(entry[0], FINEST), entry[0], entry[1], entry[2]));
        return next == null ? left : -1;
    }

    /// A page that holds what is due, or one of a bucket whose time has begun before it was
    /// divided; the finest first.
    private @Nullable TimerPage firstDue(long upToMs) {
        for (int level = FINEST; level >= 0; level--) {
            // All of a bucket that is still to be divided counts as due.
            long untilMs = level == FINEST ? upToMs : Long.MAX_VALUE;
            TimerPage found =
                    levels.get(level).entrySet().stream()
                            .takeWhile(bucket -> startMs(bucket.getKey()) <= upToMs)
                            .flatMap(bucket -> bucket.getValue().stream())
                            .filter(page -> page.leastMs() <= untilMs)
                            .findFirst()
                            .orElse(null);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /// A page is not there any more.
    private void take(TimerPage page) {
        TreeMap<Long, Deque<TimerPage>> buckets = levels.get(level(page.bucket));
        Deque<TimerPage> pages = Objects.requireNonNull(buckets.get(page.bucket));
        pages.remove(page);
        if (pages.isEmpty()) {
            buckets.remove(page.bucket);
        }
        cells.touch(page);
    }

    /// Divides buckets whose time begins soon, the finer ones first.
    private void divide(int pages) {
        int left = pages;
        for (int level = FINEST - 1; level >= 0; level--) {
            TreeMap<Long, Deque<TimerPage>> buckets = levels.get(level);
            while (left > 0 && !buckets.isEmpty() && aheadMs(buckets.firstKey()) <= givenMs) {
                left--;
                TimerPage page = buckets.firstEntry().getValue().getFirst();
                int finer = level + 1;
                take(page);
                page.each(
                        startMs(page.bucket),
                        (dueMs, subscription, offset) ->
                                put(bucket(dueMs, finer), dueMs, subscription, offset));
            }
        }
    }

    /// Nothing of a subscription becomes due any more.
    void forget(long subscription) {
        for (TimerPage page : all().filter(each -> each.holds(subscription)).toList()) {
            cells.touch(page);
            page.forget(subscription);
            if (page.isEmpty()) {
                take(page);
            }
        }
    }

    /// When to look next, if everything due was given.
    private long first() {
        long first = firstFinest();
        for (int level = 0; level < FINEST; level++) {
            TreeMap<Long, Deque<TimerPage>> buckets = levels.get(level);
            if (!buckets.isEmpty()) {
                long aheadMs = Math.max(aheadMs(buckets.firstKey()), givenMs + STEP_MS);
                first = Math.min(first, Math.min(aheadMs, startMs(buckets.firstKey())));
            }
        }
        return first;
    }

    private long firstFinest() {
        Map.Entry<Long, Deque<TimerPage>> bucket = levels.get(FINEST).firstEntry();
        if (bucket == null) {
            return NEVER;
        }
        return bucket.getValue().stream().mapToLong(TimerPage::leastMs).min().orElse(NEVER);
    }

    /// Tells when the first becomes due, where that is sooner than was told.
    void tell(Watch watch) {
        if (firstMs < toldMs) {
            toldMs = firstMs;
            watch.due(firstMs);
        }
    }

    /// Nobody knows when the first becomes due.
    void forgetTold() {
        toldMs = NEVER;
    }

    // State ------------------------------------------------------------------------------------

    private Stream<TimerPage> all() {
        return levels.stream().flatMap(buckets -> buckets.values().stream()).flatMap(Deque::stream);
    }

    /// Bytes taken for entries.
    long capacity() {
        return all().mapToLong(TimerPage::capacity).sum();
    }

    void cells(Collection<Cell> into) {
        if (givenMs >= 0) {
            into.add(this);
        }
        all().forEach(into::add);
    }

    void restore(HeadReader in) {
        givenMs = in.number();
    }

    /// Takes a page of a checkpoint back.
    void restore(TimerPage page) {
        waiting.add(page);
    }

    /// All pages are there.
    void restored() {
        waiting.sort((a, b) -> Integer.compare(a.number, b.number));
        for (TimerPage page : waiting) {
            levels.get(level(page.bucket))
                    .computeIfAbsent(page.bucket, b -> new ArrayDeque<>(1))
                    .add(page);
        }
        waiting.clear();
        firstMs = first();
    }

    void dump(StringBuilder out) {
        if (levels.stream().allMatch(TreeMap::isEmpty)) {
            return;
        }
        out.append("timers after ").append(givenMs).append(':');
        all().forEach(page ->
                page.each(
                        startMs(page.bucket),
                        (dueMs, subscription, offset) -> {
                            out.append(' ').append(subscription).append('/').append(offset);
                            out.append(" at ").append(dueMs);
                        }));
        out.append('\n');
    }

    @Override
    public int kind() {
        return CellKind.TIMERS;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(givenMs);
    }
}
