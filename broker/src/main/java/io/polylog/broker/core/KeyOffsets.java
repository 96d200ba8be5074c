package io.polylog.broker.core;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// The newest offset of each key of a piece of a stream: a table of bounded size (6 MiB), whatever
/// the keys are. A key stands in it as 128 bits of its SHA-256, which no two keys share. One
/// thread.
final class KeyOffsets {
    private static final int SMALLEST = 1 << 10;
    private static final int LARGEST = 1 << 18;
    private static final int LONGS = 3;

    private final MessageDigest digest;

    /// Three numbers a key: its digest's halves, and its offset + 1; 0 where there is none.
    private long[] table = new long[SMALLEST * LONGS];

    private int size;
    private long high;
    private long low;

    KeyOffsets() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /// Notes a key's offset in place of the one before.
    ///
    /// @return false when there is no room for one more key
    boolean put(byte[] key, long offset) {
        int place = find(key);
        if (table[place + 2] == 0) {
            if (size == LARGEST / 4 * 3) {
                return false;
            }
            if (++size > table.length / LONGS / 4 * 3) {
                grow();
                place = place(high, low);
            }
            table[place] = high;
            table[place + 1] = low;
        }
        table[place + 2] = offset + 1;
        return true;
    }

    /// The newest offset of a key, or -1.
    long newest(byte[] key) {
        return table[find(key) + 2] - 1;
    }

    private int find(byte[] key) {
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(key));
        high = hash.getLong();
        low = hash.getLong();
        return place(high, low);
    }

    /// Where these bits are, or would be.
    private int place(long wantedHigh, long wantedLow) {
        int slots = table.length / LONGS;
        int slot = (int) wantedLow & slots - 1;
        while (table[slot * LONGS + 2] != 0
                && (table[slot * LONGS] != wantedHigh || table[slot * LONGS + 1] != wantedLow)) {
            slot = slot + 1 & slots - 1;
        }
        return slot * LONGS;
    }

    private void grow() {
        long[] old = table;
        table = new long[old.length * 2];
        for (int at = 0; at < old.length; at += LONGS) {
            if (old[at + 2] != 0) {
                long[] entry = Arrays.copyOfRange(old, at, at + LONGS);
                System.arraycopy(entry, 0, table, place(entry[0], entry[1]), LONGS);
            }
        }
    }
}
