package io.polylog.log;

import java.util.Arrays;

/// Where the payloads of logged commands lie: a growing list of (position, record bytes, payload
/// bytes), taken from the front batch by batch. One thread.
final class Places {
    private static final int SMALLEST = 64;

    private long[] positions = new long[SMALLEST];
    private int[] recordBytes = new int[SMALLEST];
    private int[] payloadBytes = new int[SMALLEST];
    private int size;

    void add(long position, int recordLength, int payloadLength) {
        if (size == positions.length) {
            positions = Arrays.copyOf(positions, size * 2);
            recordBytes = Arrays.copyOf(recordBytes, size * 2);
            payloadBytes = Arrays.copyOf(payloadBytes, size * 2);
        }
        positions[size] = position;
        recordBytes[size] = recordLength;
        payloadBytes[size++] = payloadLength;
    }

    int size() {
        return size;
    }

    long position(int place) {
        return positions[place];
    }

    ShardMachine.Locator locator(int place) {
        return new ShardMachine.Locator(positions[place], recordBytes[place], payloadBytes[place]);
    }

    /// The place of a position between `from` and `to`, or -1.
    int find(long position, int from, int to) {
        int found = Arrays.binarySearch(positions, from, to, position);
        return found < 0 ? -1 : found;
    }

    /// Forgets the first `count`.
    void removeFirst(int count) {
        size -= count;
        System.arraycopy(positions, count, positions, 0, size);
        System.arraycopy(recordBytes, count, recordBytes, 0, size);
        System.arraycopy(payloadBytes, count, payloadBytes, 0, size);
    }
}
