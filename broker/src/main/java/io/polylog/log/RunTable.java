package io.polylog.log;

/// The runs of one extent, wherever they are kept.
interface RunTable {
    int count();

    /// Offset of a run's first record, counted from the extent's first.
    int delta(int run);

    /// Byte of the segment where the run begins, divided by 8; 0 for a hole.
    int place(int run);
}
