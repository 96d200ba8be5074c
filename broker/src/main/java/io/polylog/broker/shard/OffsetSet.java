package io.polylog.broker.shard;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A set of offsets that lie mostly close together: a window of bit pages. Used by one thread.
public final class OffsetSet {
    private static final int SHIFT = 10;
    private static final int WORDS = (1 << SHIFT) / Long.SIZE;
    private static final @Nullable Page[] NO_PAGES = new @Nullable Page[0];

    private @Nullable Page[] pages = NO_PAGES;
    private long firstPage;

    /// No place below has a page.
    private int firstPlace;

    private long size;

    /// The bits of 1,024 offsets.
    private static final class Page {
        final long[] words = new long[WORDS];
        int size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public long size() {
        return size;
    }

    public boolean contains(long offset) {
        Page page = page(offset >> SHIFT);
        return page != null && (page.words[word(offset)] & 1L << offset) != 0;
    }

    /// Adds one; gives whether it was new.
    public boolean add(long offset) {
        return addMask(offset, 1L << offset) > 0;
    }

    /// Adds all from `from` to `end` (excluded).
    public void addAll(long from, long end) {
        for (long offset = from; offset < end; ) {
            long wordEnd = Math.min(end, (offset | 63) + 1);
            addWord(offset & ~63L, maskOf(offset, wordEnd));
            offset = wordEnd;
        }
    }

    /// Adds the offsets whose bits are set in `mask`, counted from `first`, a multiple of 64.
    public void addWord(long first, long mask) {
        int _ = addMask(first, mask);
    }

    /// Adds to the word of an offset; gives how many were new.
    private int addMask(long offset, long mask) {
        Page page = grow(offset >> SHIFT);
        int word = word(offset);
        int added = Long.bitCount(mask & ~page.words[word]);
        page.words[word] |= mask;
        page.size += added;
        size += added;
        return added;
    }

    /// Removes one; gives whether it was there.
    public boolean remove(long offset) {
        if (!contains(offset)) {
            return false;
        }
        removeAll(offset, offset + 1);
        return true;
    }

    /// Removes all from `from` to `end` (excluded); gives how many were there.
    public long removeAll(long from, long end) {
        long before = size;
        boolean emptied = false;
        long last = Math.min(end, (firstPage + pages.length) << SHIFT);
        for (long offset = Math.max(from, firstPage << SHIFT); offset < last; ) {
            long wordEnd = Math.min(last, (offset | 63) + 1);
            Page page = page(offset >> SHIFT);
            if (page != null) {
                long mask = maskOf(offset, wordEnd);
                int gone = Long.bitCount(page.words[word(offset)] & mask);
                page.words[word(offset)] &= ~mask;
                page.size -= gone;
                size -= gone;
                emptied |= gone > 0 && page.size == 0;
            }
            offset = wordEnd;
        }
        if (emptied) {
            shrink();
        }
        return before - size;
    }

    /// The smallest, or -1.
    public long first() {
        return next(0);
    }

    /// The smallest that is `from` or greater, or -1.
    public long next(long from) {
        long end = (firstPage + pages.length) << SHIFT;
        long begin = (firstPage + firstPlace) << SHIFT;
        for (long offset = Math.max(from, begin); offset < end; ) {
            Page page = page(offset >> SHIFT);
            if (page == null) {
                offset = ((offset >> SHIFT) + 1) << SHIFT;
                continue;
            }
            long bits = page.words[word(offset)] & -1L << offset;
            if (bits != 0) {
                return (offset & ~63L) + Long.numberOfTrailingZeros(bits);
            }
            offset = (offset | 63) + 1;
        }
        return -1;
    }

    /// One past the last of those that follow `from`, itself one of the set, without a gap.
    public long endOfRun(long from) {
        long offset = from;
        while (true) {
            Page page = page(offset >> SHIFT);
            long missing = (page == null ? -1 : ~page.words[word(offset)]) & -1L << offset;
            if (missing != 0) {
                return (offset & ~63L) + Long.numberOfTrailingZeros(missing);
            }
            offset = (offset | 63) + 1;
        }
    }

    private static long maskOf(long from, long end) {
        long mask = -1L << from;
        return (end & 63) == 0 ? mask : mask & (1L << end) - 1;
    }

    private static int word(long offset) {
        return (int) (offset >> 6) & WORDS - 1;
    }

    private @Nullable Page page(long number) {
        long place = number - firstPage;
        return place >= 0 && place < pages.length ? pages[(int) place] : null;
    }

    private Page grow(long number) {
        Page found = page(number);
        if (found != null) {
            return found;
        }
        if (pages.length == 0) {
            firstPage = number;
        }
        if (number < firstPage) {
            int more = Math.toIntExact(firstPage - number);
            @Nullable Page[] grown = new @Nullable Page[pages.length + more];
            System.arraycopy(pages, 0, grown, more, pages.length);
            pages = grown;
            firstPage = number;
        }
        int place = Math.toIntExact(number - firstPage);
        if (place >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(place + 1, pages.length + pages.length / 8));
        }
        Page page = new Page();
        pages[place] = page;
        firstPlace = Math.min(firstPlace, place);
        return page;
    }

    /// Lets go of pages at the front that hold nothing.
    private void shrink() {
        if (size == 0) {
            pages = NO_PAGES;
            firstPlace = 0;
            return;
        }
        Page page = pages[firstPlace];
        while (page == null || page.size == 0) {
            pages[firstPlace++] = null;
            page = pages[firstPlace];
        }
        if (firstPlace > pages.length / 4) {
            pages = Arrays.copyOfRange(pages, firstPlace, pages.length);
            firstPage += firstPlace;
            firstPlace = 0;
        }
    }
}
