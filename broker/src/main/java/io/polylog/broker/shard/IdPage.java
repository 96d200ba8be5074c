package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;

/// 512 ids that follow each other in a stream's [RecentIds], 28 bytes each: the digest, where its
/// message is, and when it came.
final class IdPage extends Cell {
    static final int SHIFT = 9;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 16;

    /// Numbers of an id: the digest, high and low, and the offset.
    private static final int WIDTH = 3;

    private static final long UNKNOWN = -1;

    final long stream;
    final long number;
    private int count;

    /// [#WIDTH] for each id; the offset is [#UNKNOWN] where an earlier version added it.
    private long[] entries = new long[WIDTH * LEAST];

    /// Times count from here, in milliseconds since 1970.
    private long baseMs;

    private int[] afterBaseMs = new int[LEAST];

    IdPage(long stream, long number) {
        this.stream = stream;
        this.number = number;
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == SIZE;
    }

    /// @param offset of its message
    /// @param timeMs not before the one added last
    void add(KeyDigest id, long offset, long timeMs) {
        if (count == afterBaseMs.length) {
            afterBaseMs = Arrays.copyOf(afterBaseMs, 2 * count);
            entries = Arrays.copyOf(entries, WIDTH * 2 * count);
        }
        if (count == 0) {
            baseMs = timeMs;
        }
        raiseBase(timeMs - Integer.MAX_VALUE);
        put(count, id.high(), id.low(), offset);
        afterBaseMs[count++] = (int) (timeMs - baseMs);
    }

    /// Makes room for times far from the base; who lies before it came longer ago than any window
    /// is wide, and that is all that is known of it from now on.
    private void raiseBase(long leastMs) {
        long shiftMs = leastMs - baseMs;
        if (shiftMs > 0) {
            baseMs = leastMs;
            for (int i = 0; i < count; i++) {
                afterBaseMs[i] = (int) Math.max(0, afterBaseMs[i] - shiftMs);
            }
        }
    }

    private void put(int place, long high, long low, long offset) {
        entries[WIDTH * place] = high;
        entries[WIDTH * place + 1] = low;
        entries[WIDTH * place + 2] = offset;
    }

    boolean is(int place, KeyDigest id) {
        return entries[WIDTH * place] == id.high() && entries[WIDTH * place + 1] == id.low();
    }

    /// Of its message, or -1 where it is not known.
    long offset(int place) {
        return entries[WIDTH * place + 2];
    }

    /// The bits by which an id is looked up.
    int hash(int place) {
        return hash(entries[WIDTH * place + 1]);
    }

    static int hash(long low) {
        return (int) low;
    }

    long timeMs(int place) {
        return baseMs + afterBaseMs[place];
    }

    @Override
    public int kind() {
        return CellKind.PLACED_ID_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).number(count).number(baseMs);
        long before = 0;
        for (int i = 0; i < count; i++) {
            out.fixed(entries[WIDTH * i]).fixed(entries[WIDTH * i + 1]).number(afterBaseMs[i]);
            out.signed(offset(i) - before);
            before = offset(i);
        }
    }

    /// @param kind of the cell, which says whether it has offsets
    static IdPage decode(int kind, HeadReader in) {
        IdPage page = new IdPage(in.number(), in.number());
        page.count = in.integer();
        page.baseMs = in.number();
        int room = Math.max(LEAST, page.count);
        page.entries = new long[WIDTH * room];
        page.afterBaseMs = new int[room];
        long before = 0;
        for (int i = 0; i < page.count; i++) {
            long high = in.fixed();
            long low = in.fixed();
            page.afterBaseMs[i] = in.integer();
            before = kind == CellKind.ID_PAGE ? UNKNOWN : before + in.signed();
            page.put(i, high, low, before);
        }
        return page;
    }
}
