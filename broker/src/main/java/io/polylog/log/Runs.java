package io.polylog.log;

import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// Where the records of an extent begin: pairs of (offset - first offset of the extent, byte in the
/// segment / 8), ascending. A run is a stretch of records that follow each other in the log; it
/// ends where the next begins. A pair with byte 0 is a hole: nothing is stored up to the next pair.
///
/// One writer that only adds. A reader asks for [#count] first and then sees that many pairs.
final class Runs implements RunTable {
    private static final int SMALLEST = 2;

    /// Pair i at 2i and 2i+1. Replaced by a longer array, never shortened.
    private int[] pairs = new int[SMALLEST];

    private int count;

    void add(int delta, int place) {
        int at = count * 2;
        int[] grown = at == pairs.length ? Arrays.copyOf(pairs, at * 2) : pairs;
        grown[at] = delta;
        grown[at + 1] = place;
        pairs = grown;
        VarHandle.releaseFence();
        count++;
    }

    @Override
    public int count() {
        int seen = count;
        VarHandle.acquireFence();
        return seen;
    }

    @Override
    public int delta(int run) {
        return pairs[run * 2];
    }

    @Override
    public int place(int run) {
        return pairs[run * 2 + 1];
    }
}
