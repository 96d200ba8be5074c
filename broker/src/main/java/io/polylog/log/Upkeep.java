package io.polylog.log;

import io.polylog.io.Clock;
import java.util.ArrayDeque;
import java.util.Queue;

/// What the commit thread does for the background thread between commits, in short slices: it hands
/// over the cells of a checkpoint and takes settled extents out of their streams. Commit thread.
final class Upkeep {
    private static final long SLICE_NANOS = 1_000_000;
    private static final int EXTENTS_BETWEEN_LOOKS = 64;

    private final Clock clock;
    private final LogIndex index;
    private final CheckpointCut cut;
    private final Runnable wakeBackground;
    private final Queue<SegmentIndex> unswept = new ArrayDeque<>();
    private int sweptExtents;

    Upkeep(Clock clock, LogIndex index, CheckpointCut cut, Runnable wakeBackground) {
        this.clock = clock;
        this.index = index;
        this.cut = cut;
        this.wakeBackground = wakeBackground;
    }

    LogIndex index() {
        return index;
    }

    /// A segment was sealed.
    void sealed(SegmentIndex segment) {
        unswept.add(segment);
    }

    /// The log goes on in another segment.
    ///
    /// @param betweenBatches whether all that was logged before is applied: the place for a cut
    void rolled(int firstSegment, boolean betweenBatches) {
        if (betweenBatches) {
            boolean _ = cut.begin(firstSegment);
        }
        wakeBackground.run();
    }

    /// Works for a moment.
    ///
    /// @return whether there is more to do at once
    boolean slice() {
        boolean work = cut.hasWork() || !unswept.isEmpty();
        if (work) {
            long until = clock.nanos() + SLICE_NANOS;
            if (cut.hasWork() && cut.slice(until)) {
                wakeBackground.run();
            }
            sweep(until);
        }
        if (index.takeSettled()) {
            wakeBackground.run();
        }
        return cut.hasWork() || !unswept.isEmpty();
    }

    private void sweep(long untilNanos) {
        SegmentIndex segment;
        while ((segment = unswept.peek()) != null) {
            int count = segment.extents().size();
            while (sweptExtents < count) {
                Extent extent = segment.extents().get(sweptExtents++);
                if (extent.owed() == 0) {
                    extent.owner.removeSettled();
                }
                if (sweptExtents % EXTENTS_BETWEEN_LOOKS == 0 && clock.nanos() >= untilNanos) {
                    return;
                }
            }
            segment.sweptNow();
            unswept.remove();
            sweptExtents = 0;
        }
    }
}
