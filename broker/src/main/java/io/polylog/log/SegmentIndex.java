package io.polylog.log;

import java.util.ArrayList;
import java.util.List;

/// What is known of one segment: which parts of which streams lie in it and how much is still owed.
/// Written by the log's thread.
final class SegmentIndex {
    private final Segment segment;
    private List<Extent> extents = new ArrayList<>();
    private volatile boolean sealed;

    /// Extents with something owed.
    private volatile int owedExtents;

    SegmentIndex(Segment segment) {
        this.segment = segment;
    }

    Segment segment() {
        return segment;
    }

    int number() {
        return segment.number();
    }

    void add(Extent extent) {
        extents.add(extent);
    }

    /// In order of their first record. Complete once sealed.
    List<Extent> extents() {
        return extents;
    }

    /// An extent's owed offsets went from one number to another.
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    void owe(long before, long after) {
        if (before == 0 && after > 0) {
            owedExtents++;
        } else if (before > 0 && after == 0) {
            owedExtents--;
        }
    }

    /// Whether nothing in it is owed.
    boolean nothingOwed() {
        return owedExtents == 0;
    }

    boolean sealed() {
        return sealed;
    }

    /// No record is added any more.
    void seal() {
        sealed = true;
    }

    /// The file is given up.
    void forget() {
        extents = List.of();
    }
}
