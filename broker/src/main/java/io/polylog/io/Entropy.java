package io.polylog.io;

/// Random values. Any thread.
public interface Entropy {
    /// Fills all of `target`.
    void fill(byte[] target);

    /// Any of the 2^64 values.
    long nextLong();

    /// A value from 0 to `bound` - 1.
    ///
    /// @param bound at least 1
    default int below(int bound) {
        return (int) Math.floorMod(nextLong(), (long) bound);
    }
}
