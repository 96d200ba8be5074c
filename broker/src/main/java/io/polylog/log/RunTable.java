package io.polylog.log;

/// The runs of one extent, wherever they are kept.
interface RunTable {
    int count();

    /// Offset of a run's first record, counted from the extent's first.
    int delta(int run);

    /// Byte of the segment where the run begins, divided by 8; 0 for a hole.
    int place(int run);

    /// The last run that begins at or before `delta`; the first where none does. Runs are mostly
    /// about as long as each other, so it lies near where it would lie if they all were.
    ///
    /// @param count how many runs there are, at least one
    /// @param span offsets of all runs together
    default int find(int count, long delta, long span) {
        int guess = Math.clamp((long) ((double) delta * count / span), 0, count - 1);
        int low = guess;
        int high = guess + 1;
        int step = 1;
        if (delta(guess) <= delta) {
            while (high < count && delta(high) <= delta) {
                low = high;
                high = Math.min(count, high + step);
                step *= 2;
            }
        } else {
            high = guess;
            low = Math.max(0, guess - 1);
            while (low > 0 && delta(low) > delta) {
                high = low;
                low = Math.max(0, low - step);
                step *= 2;
            }
        }
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (delta(middle) <= delta) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
