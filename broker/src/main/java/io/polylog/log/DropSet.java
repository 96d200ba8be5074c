package io.polylog.log;

import java.util.Arrays;
import java.util.BitSet;
import org.agrona.collections.Long2ObjectHashMap;

/// Offsets above a stream's floor that are not owed any more: a bit each, in pages that go when the
/// floor has passed them. Shard's thread.
final class DropSet {
    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_OFFSETS = 1 << PAGE_SHIFT;
    private static final int PAGE_MASK = PAGE_OFFSETS - 1;

    /// Stands for every page that is full: what is stuck before it may be stuck for long.
    private static final long[] FULL = new long[PAGE_OFFSETS / Long.SIZE];

    static {
        Arrays.fill(FULL, -1);
    }

    private final Long2ObjectHashMap<long[]> pages = new Long2ObjectHashMap<>();
    private long lowestPage = Long.MAX_VALUE;

    /// Adds offsets `from` to `to`; how many were not in it before.
    long add(long from, long to) {
        long added = 0;
        for (long at = from; at < to; ) {
            long page = at >> PAGE_SHIFT;
            long pageEnd = Math.min(to, (page + 1) << PAGE_SHIFT);
            long[] bits = pages.get(page);
            if (bits == null) {
                bits = new long[PAGE_OFFSETS / Long.SIZE];
                pages.put(page, bits);
                lowestPage = Math.min(lowestPage, page);
            }
            int news = set(bits, (int) (at & PAGE_MASK), (int) (pageEnd - at));
            if (news > 0 && bits[(int) (at & PAGE_MASK) / Long.SIZE] == -1 && isFull(bits)) {
                pages.put(page, FULL);
            }
            added += news;
            at = pageEnd;
        }
        return added;
    }

    private static boolean isFull(long[] bits) {
        return Arrays.equals(bits, FULL);
    }

    private static int set(long[] bits, int from, int length) {
        int added = 0;
        for (int at = from; at < from + length; ) {
            int end = Math.min(from + length, (at | Long.SIZE - 1) + 1);
            long mask = mask(at, end);
            int word = at / Long.SIZE;
            long fresh = mask & ~bits[word];
            if (fresh != 0) {
                bits[word] |= fresh; // never one that stands for many
                added += Long.bitCount(fresh);
            }
            at = end;
        }
        return added;
    }

    /// Bits `from` to `end` of one word.
    private static long mask(int from, int end) {
        return (-1L >>> (Long.SIZE - (end - from))) << from;
    }

    /// How many offsets of `from` to `to` are in it.
    long count(long from, long to) {
        if (pages.isEmpty()) {
            return 0;
        }
        long sum = 0;
        for (long at = Math.max(from, lowestPage << PAGE_SHIFT); at < to; ) {
            long page = at >> PAGE_SHIFT;
            long pageEnd = Math.min(to, (page + 1) << PAGE_SHIFT);
            long[] bits = pages.get(page);
            if (bits != null) {
                sum += count(bits, (int) (at & PAGE_MASK), (int) (pageEnd - at));
            }
            at = pageEnd;
        }
        return sum;
    }

    private static int count(long[] bits, int from, int length) {
        int sum = 0;
        for (int at = from; at < from + length; ) {
            int end = Math.min(from + length, (at | Long.SIZE - 1) + 1);
            sum += Long.bitCount(bits[at / Long.SIZE] & mask(at, end));
            at = end;
        }
        return sum;
    }

    /// Which of the offsets `from` to `to` are in it, counted from `from`.
    BitSet copy(long from, long to) {
        BitSet copy = new BitSet();
        for (long at = from; at < to; ) {
            long page = at >> PAGE_SHIFT;
            long pageEnd = Math.min(to, (page + 1) << PAGE_SHIFT);
            long[] bits = pages.get(page);
            if (bits != null) {
                BitSet set = BitSet.valueOf(bits);
                int end = (int) (pageEnd - (page << PAGE_SHIFT));
                int first = (int) (at & PAGE_MASK);
                for (int i = set.nextSetBit(first); i >= 0 && i < end; i = set.nextSetBit(i + 1)) {
                    copy.set((int) ((page << PAGE_SHIFT) + i - from));
                }
            }
            at = pageEnd;
        }
        return copy;
    }

    /// Forgets offsets below `floor`, as far as whole pages go.
    void removeBelow(long floor) {
        long page = floor >> PAGE_SHIFT;
        if (pages.isEmpty() || lowestPage >= page) {
            return;
        }
        if (page - lowestPage <= pages.size()) {
            for (long gone = lowestPage; gone < page; gone++) {
                pages.remove(gone);
            }
        } else {
            pages.keySet().removeIf(key -> key < page);
        }
        lowestPage = pages.isEmpty() ? Long.MAX_VALUE : page;
    }

    @Override
    public String toString() {
        return Arrays.toString(pages.keySet().stream().sorted().toArray()) + " pages";
    }
}
