package io.polylog.log;

import io.polylog.io.DiskFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of one segment: which parts of which streams lie in it and how much is still owed.
/// Written by the log's thread until sealed; then the background thread writes its index file and
/// frees it when nothing is owed.
final class SegmentIndex {
    private final Segment segment;
    private final Runnable onSettled;
    private List<Extent> extents = new ArrayList<>();
    private volatile boolean sealed;
    private volatile boolean swept;
    private volatile boolean held;
    private volatile boolean unnamed;
    private volatile int owedExtents;
    private volatile int keptBy;
    private volatile @Nullable DiskFile indexFile;

    /// @param onSettled called on the log's thread when nothing is owed any more after the seal
    SegmentIndex(Segment segment, Runnable onSettled) {
        this.segment = segment;
        this.onSettled = onSettled;
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
            if (sealed && owedExtents == 0) {
                onSettled.run();
            }
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

    /// Whether extents that were settled before the seal are out of their streams.
    boolean swept() {
        return swept;
    }

    void sweptNow() {
        swept = true;
        onSettled.run();
    }

    /// The segment whose records may need bytes of this one, or 0.
    int keptBy() {
        return keptBy;
    }

    /// Bytes of this segment are needed as long as that one is.
    void keepFor(int number) {
        keptBy = number;
    }

    /// Whether the copier works with it: it may not go yet.
    boolean held() {
        return held;
    }

    void hold(boolean now) {
        held = now;
    }

    /// Whether it is a packed segment that no manifest may name yet.
    boolean unnamed() {
        return unnamed;
    }

    void unname(boolean now) {
        unnamed = now;
    }

    boolean hasIndexFile() {
        return indexFile != null;
    }

    /// The index file is there: runs are read from it from now on.
    void indexed(DiskFile file) {
        indexFile = file;
    }

    DiskFile indexFile() throws IOException {
        DiskFile file = indexFile;
        if (file == null) {
            throw new IOException("segment " + number() + " has no index file");
        }
        return file;
    }

    /// Gives up the files' handles and the segment.
    void free() throws IOException {
        segment.free();
        extents = List.of();
        closeIndex();
    }

    /// Closes what is open.
    void close() throws IOException {
        segment.close();
        closeIndex();
    }

    private void closeIndex() throws IOException {
        DiskFile file = indexFile;
        if (file != null) {
            indexFile = null;
            file.close();
        }
    }
}
