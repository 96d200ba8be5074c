package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;

/// 512 ids that follow each other in a stream's [RecentIds], 20 bytes each: the digest, and when it
/// came.
final class IdPage extends Cell {
    static final int SHIFT = 9;
    static final int SIZE = 1 << SHIFT;
    private static final int LEAST = 16;

    final long stream;
    final long number;
    private int count;

    /// The digests, high and low by turns.
    private long[] digests = new long[2 * LEAST];

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

    /// @param timeMs not before the one added last
    void add(KeyDigest id, long timeMs) {
        if (count == afterBaseMs.length) {
            afterBaseMs = Arrays.copyOf(afterBaseMs, 2 * count);
            digests = Arrays.copyOf(digests, 4 * count);
        }
        if (count == 0) {
            baseMs = timeMs;
        }
        raiseBase(timeMs - Integer.MAX_VALUE);
        digests[2 * count] = id.high();
        digests[2 * count + 1] = id.low();
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

    boolean is(int place, KeyDigest id) {
        return digests[2 * place] == id.high() && digests[2 * place + 1] == id.low();
    }

    /// The bits by which an id is looked up.
    int hash(int place) {
        return hash(digests[2 * place + 1]);
    }

    static int hash(long low) {
        return (int) low;
    }

    long timeMs(int place) {
        return baseMs + afterBaseMs[place];
    }

    @Override
    public int kind() {
        return CellKind.ID_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(number).number(count).number(baseMs);
        for (int i = 0; i < count; i++) {
            out.fixed(digests[2 * i]).fixed(digests[2 * i + 1]).number(afterBaseMs[i]);
        }
    }

    static IdPage decode(HeadReader in) {
        IdPage page = new IdPage(in.number(), in.number());
        page.count = in.integer();
        page.baseMs = in.number();
        int room = Math.max(LEAST, page.count);
        page.digests = new long[2 * room];
        page.afterBaseMs = new int[room];
        for (int i = 0; i < page.count; i++) {
            page.digests[2 * i] = in.fixed();
            page.digests[2 * i + 1] = in.fixed();
            page.afterBaseMs[i] = in.integer();
        }
        return page;
    }
}
