package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.KeyDigest;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;

/// Up to 512 keys of a stream's [KeyVersions], in order of their digests, 24 bytes each: the digest
/// and the offset of the key's newest message.
final class KeyVersionPage extends Cell {
    static final int SIZE = 512;
    private static final int LEAST = 8;

    final long stream;

    /// The least high half of a digest that belongs here.
    final long from;

    private int count;
    private long[] high = new long[LEAST];
    private long[] low = new long[LEAST];
    private long[] offsets = new long[LEAST];

    KeyVersionPage(long stream, long from) {
        this.stream = stream;
        this.from = from;
    }

    int count() {
        return count;
    }

    /// The place of a key, or `-1 - place` where it would be.
    int find(KeyDigest key) {
        int least = 0;
        int end = count;
        while (least < end) {
            int middle = (least + end) >>> 1;
            int order = Long.compare(high[middle], key.high());
            order = order == 0 ? Long.compare(low[middle], key.low()) : order;
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                least = middle + 1;
            } else {
                end = middle;
            }
        }
        return -1 - least;
    }

    long offset(int place) {
        return offsets[place];
    }

    void set(int place, long offset) {
        offsets[place] = offset;
    }

    void insert(int place, KeyDigest key, long offset) {
        if (count == high.length) {
            // Half as much again: on average a sixth of it is empty.
            int room = count + (count >> 1);
            high = Arrays.copyOf(high, room);
            low = Arrays.copyOf(low, room);
            offsets = Arrays.copyOf(offsets, room);
        }
        int behind = count - place;
        System.arraycopy(high, place, high, place + 1, behind);
        System.arraycopy(low, place, low, place + 1, behind);
        System.arraycopy(offsets, place, offsets, place + 1, behind);
        high[place] = key.high();
        low[place] = key.low();
        offsets[place] = offset;
        count++;
    }

    /// Takes out the keys whose newest message is below an offset.
    ///
    /// @return how many
    int forgetBelow(long start) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (offsets[i] >= start) {
                high[kept] = high[i];
                low[kept] = low[i];
                offsets[kept++] = offsets[i];
            }
        }
        int gone = count - kept;
        count = kept;
        return gone;
    }

    /// Gives the upper half away.
    KeyVersionPage split() {
        int middle = count / 2;
        while (middle < count - 1 && high[middle] == high[middle - 1]) {
            middle++;
        }
        KeyVersionPage upper = new KeyVersionPage(stream, high[middle]);
        upper.high = Arrays.copyOfRange(high, middle, count);
        upper.low = Arrays.copyOfRange(low, middle, count);
        upper.offsets = Arrays.copyOfRange(offsets, middle, count);
        upper.count = count - middle;
        count = middle;
        return upper;
    }

    @Override
    public int kind() {
        return CellKind.KEY_VERSION_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).fixed(from).number(count);
        for (int i = 0; i < count; i++) {
            out.fixed(high[i]).fixed(low[i]).number(offsets[i]);
        }
    }

    static KeyVersionPage decode(HeadReader in) {
        KeyVersionPage page = new KeyVersionPage(in.number(), in.fixed());
        page.count = in.integer();
        int room = Math.max(LEAST, page.count);
        page.high = new long[room];
        page.low = new long[room];
        page.offsets = new long[room];
        for (int i = 0; i < page.count; i++) {
            page.high[i] = in.fixed();
            page.low[i] = in.fixed();
            page.offsets[i] = in.number();
        }
        return page;
    }
}
