package io.polylog.broker.shard;

import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// What a subscription has settled: everything below a floor, and single offsets above it in pages
/// that exist only where something was settled out of order or given back. In order, it is one
/// number.
final class SettledSet {
    private static final @Nullable SettledPage[] NO_PAGES = new @Nullable SettledPage[0];

    private final long subscription;
    private long floor;
    private @Nullable SettledPage[] pages = NO_PAGES;

    /// How many are hidden.
    private long hiddenCount;

    /// Page number of `pages[0]`.
    private long firstPage;

    SettledSet(long subscription, long floor) {
        this.subscription = subscription;
        this.floor = floor;
    }

    /// Everything below is settled.
    long floor() {
        return floor;
    }

    boolean isSettled(long offset) {
        if (offset < floor) {
            return true;
        }
        SettledPage page = page(offset >> SettledPage.SHIFT);
        return page != null && page.isSettled(bit(offset));
    }

    int attempt(long offset) {
        SettledPage page = page(offset >> SettledPage.SHIFT);
        return page == null ? 0 : page.attempt(bit(offset));
    }

    /// Settles the offsets from `from` to `end` (excluded) that are unsettled and stand at
    /// `attempt`; the floor follows.
    ///
    /// @return how many
    long settle(long from, long end, int attempt, Cells cells) {
        long position = Math.max(from, floor);
        long count = 0;
        while (position < end) {
            long number = position >> SettledPage.SHIFT;
            long pageEnd = Math.min(end, (number + 1) << SettledPage.SHIFT);
            SettledPage page = page(number);
            if (page == null && attempt == 0 && position == floor) {
                count += pageEnd - position;
                floor = pageEnd;
            } else if (page != null || attempt == 0) {
                SettledPage target = page == null ? addPage(number, cells) : page;
                cells.touch(target);
                count += target.settle(bit(position), bitEnd(pageEnd, number), attempt);
            }
            position = pageEnd;
        }
        advance(cells);
        return count;
    }

    /// The offsets from `from` to `end` (excluded) are unsettled again, never attempted; those that
    /// are unsettled stay as they are.
    ///
    /// @param revived gets what was settled
    void unsettle(long from, long end, Cells cells, Stream.Range revived) {
        List<long[]> settledRuns = new ArrayList<>();
        Run run = new Run();
        long position = from;
        while (find(position, end, run)) {
            if (run.first > position) {
                settledRuns.add(new long[] {position, run.first});
            }
            position = run.end;
        }
        if (position < end) {
            settledRuns.add(new long[] {position, end});
        }
        for (int place = 0; place < pages.length; place++) {
            SettledPage page = pages[place];
            long base = page == null ? end : page.number << SettledPage.SHIFT;
            if (page != null && base < end && base + SettledPage.SIZE > from) {
                cells.touch(page);
                long to = Math.min(end, base + SettledPage.SIZE);
                page.unsettle(bit(Math.max(from, base)), (int) (to - base));
            }
        }
        floor = Math.min(floor, from);
        settledRuns.forEach(each -> revived.range(each[0], each[1]));
    }

    /// Raises the attempt of the offsets from `from` to `end` (excluded) that are unsettled and
    /// stand at `attempt`.
    ///
    /// @return how many
    long raise(long from, long end, int attempt, Cells cells, SettledPage.Raised raised) {
        long position = Math.max(from, floor);
        long count = 0;
        while (position < end) {
            long number = position >> SettledPage.SHIFT;
            long pageEnd = Math.min(end, (number + 1) << SettledPage.SHIFT);
            SettledPage page = page(number);
            if (page != null || attempt == 0) {
                SettledPage target = page == null ? addPage(number, cells) : page;
                cells.touch(target);
                count += target.raise(bit(position), bitEnd(pageEnd, number), attempt, raised);
            }
            position = pageEnd;
        }
        return count;
    }

    // What is hidden ---------------------------------------------------------------------------

    /// How many unsettled offsets are hidden: nobody is given them, nor can settle them.
    long hiddenCount() {
        return hiddenCount;
    }

    /// Hides an unsettled offset.
    void hide(long offset, Cells cells) {
        long number = offset >> SettledPage.SHIFT;
        SettledPage there = page(number);
        SettledPage page = there == null ? addPage(number, cells) : there;
        cells.touch(page);
        hiddenCount -= page.hiddenCount();
        page.hide(bit(offset));
        hiddenCount += page.hiddenCount();
    }

    /// Shows an offset again.
    ///
    /// @return whether it was hidden
    boolean show(long offset, Cells cells) {
        SettledPage page = hiddenCount == 0 ? null : page(offset >> SettledPage.SHIFT);
        if (page == null || page.hiddenCount() == 0) {
            return false;
        }
        cells.touch(page);
        boolean shown = page.show(bit(offset));
        hiddenCount -= shown ? 1 : 0;
        return shown;
    }

    /// Gives the offsets that are hidden.
    void eachHidden(LongConsumer sink) {
        for (SettledPage page : pages) {
            if (page != null && page.hiddenCount() > 0) {
                page.eachHidden(sink);
            }
        }
    }

    /// Cuts what [#find] found to the first of it that follow each other and are not hidden.
    ///
    /// @return false when all are; then they are left as they were
    boolean cutToShown(Run found) {
        long position = found.first;
        while (position < found.end) {
            long number = position >> SettledPage.SHIFT;
            long base = number << SettledPage.SHIFT;
            SettledPage page = page(number);
            if (page == null || page.hiddenCount() == 0) {
                found.first = position;
                found.end = endOfShown(number, found.end);
                return true;
            }
            int to = bitEnd(Math.min(found.end, base + SettledPage.SIZE), number);
            int shown = page.next(false, bit(position), to);
            if (shown < to) {
                found.first = base + shown;
                found.end = base + page.next(true, shown, to);
                return true;
            }
            position = base + to;
        }
        return false;
    }

    /// Where the first page begins, from `number` on, that hides something; at most `limit`.
    private long endOfShown(long number, long limit) {
        for (long next = number + 1; next << SettledPage.SHIFT < limit; next++) {
            SettledPage page = page(next);
            if (page == null && next >= firstPage + pages.length) {
                break;
            }
            if (page != null && page.hiddenCount() > 0) {
                return next << SettledPage.SHIFT;
            }
        }
        return limit;
    }

    /// Settles everything below `newFloor`.
    void raiseFloor(long newFloor, Cells cells) {
        if (newFloor > floor) {
            floor = newFloor;
            advance(cells);
        }
    }

    /// Finds the first unsettled offsets from `from` on, below `limit`, that follow each other and
    /// share an attempt.
    ///
    /// @return whether there is one; it is in `found`
    boolean find(long from, long limit, Run found) {
        long position = Math.max(from, floor);
        while (position < limit) {
            long number = position >> SettledPage.SHIFT;
            SettledPage page = page(number);
            if (page == null) {
                found.set(position, Math.min(limit, endOfUntouched(number)), 0);
                return true;
            }
            int bit = page.nextUnsettled(bit(position));
            long base = number << SettledPage.SHIFT;
            if (bit < SettledPage.SIZE && base + bit < limit) {
                int attempt = page.attempt(bit);
                long end = base + page.endOfRun(bit, attempt);
                found.set(base + bit, Math.min(limit, end), attempt);
                return true;
            }
            position = base + SettledPage.SIZE;
        }
        return false;
    }

    /// How many offsets from `from` to `end` (excluded) are unsettled.
    long unsettled(long from, long end) {
        long first = Math.max(from, floor);
        long count = Math.max(0, end - first);
        int place = Math.clamp((first >> SettledPage.SHIFT) - firstPage, 0, pages.length);
        for (; place < pages.length; place++) {
            SettledPage page = pages[place];
            long base = (firstPage + place) << SettledPage.SHIFT;
            if (base >= end) {
                break;
            }
            if (page != null) {
                int to = (int) Math.min(end - base, SettledPage.SIZE);
                count -= page.settled((int) Math.max(first - base, 0), to);
            }
        }
        return count;
    }

    /// Gives the offsets from `from` to `end` (excluded) that are unsettled.
    void eachUnsettled(long from, long end, Stream.Range sink) {
        Run run = new Run();
        long position = from;
        while (find(position, end, run)) {
            position = run.end;
            sink.range(run.first, run.end);
        }
    }

    /// The least offset with at most so many unsettled ones from it on.
    ///
    /// @param start the least that is meant
    /// @param end one past the last that counts
    long newest(long count, long start, long end) {
        long least = start;
        long most = end;
        while (least < most) {
            long middle = (least + most) >>> 1;
            if (unsettled(middle, end) > count) {
                least = middle + 1;
            } else {
                most = middle;
            }
        }
        return least;
    }

    /// The first offset that no page from `number` on touches.
    private long endOfUntouched(long number) {
        long end = number + 1;
        long last = firstPage + pages.length;
        while (end < last && page(end) == null) {
            end++;
        }
        return end >= last ? Long.MAX_VALUE : end << SettledPage.SHIFT;
    }

    private void advance(Cells cells) {
        SettledPage page = page(floor >> SettledPage.SHIFT);
        while (page != null) {
            int bit = page.nextUnsettled(bit(floor));
            floor = (page.number << SettledPage.SHIFT) + bit;
            if (bit < SettledPage.SIZE) {
                break;
            }
            page = page(floor >> SettledPage.SHIFT);
        }
        forgetBelow(floor >> SettledPage.SHIFT, cells);
    }

    private void forgetBelow(long number, Cells cells) {
        if (pages.length == 0 || number <= firstPage) {
            return;
        }
        int gone = (int) Math.min(pages.length, number - firstPage);
        for (int i = 0; i < gone; i++) {
            SettledPage page = pages[i];
            if (page != null) {
                cells.touch(page);
                hiddenCount -= page.hiddenCount();
            }
        }
        pages = gone == pages.length ? NO_PAGES : Arrays.copyOfRange(pages, gone, pages.length);
        firstPage += gone;
    }

    private @Nullable SettledPage page(long number) {
        long place = number - firstPage;
        return place >= 0 && place < pages.length ? pages[(int) place] : null;
    }

    private SettledPage addPage(long number, Cells cells) {
        SettledPage page = cells.born(new SettledPage(subscription, number));
        place(page);
        return page;
    }

    private void place(SettledPage page) {
        if (pages.length == 0) {
            firstPage = page.number;
            pages = new @Nullable SettledPage[] {page};
            return;
        }
        if (page.number < firstPage) {
            int more = Math.toIntExact(firstPage - page.number);
            @Nullable SettledPage[] grown = new @Nullable SettledPage[pages.length + more];
            System.arraycopy(pages, 0, grown, more, pages.length);
            pages = grown;
            firstPage = page.number;
        }
        int place = Math.toIntExact(page.number - firstPage);
        if (place >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(place + 1, pages.length + pages.length / 8));
        }
        pages[place] = page;
    }

    /// Takes a page of a checkpoint back.
    void restore(SettledPage page) {
        place(page);
        hiddenCount += page.hiddenCount();
    }

    /// Takes the floor of a checkpoint back.
    void restoreFloor(long restored) {
        floor = restored;
    }

    /// The page in that place, counted from the first; null for none, and [#pageCount] ends it.
    @Nullable Cell pageAt(int place) {
        return place < pages.length ? pages[place] : null;
    }

    int pageCount() {
        return pages.length;
    }

    private static int bit(long offset) {
        return (int) (offset & SettledPage.SIZE - 1);
    }

    private static int bitEnd(long end, long number) {
        return (int) (end - (number << SettledPage.SHIFT));
    }
}
