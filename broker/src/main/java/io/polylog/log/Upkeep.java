package io.polylog.log;

import io.polylog.io.Clock;
import java.util.ArrayDeque;
import java.util.Queue;

/// What the commit thread does for the background thread between commits, in short slices: it cuts
/// checkpoints when they are due, hands over their cells, and takes settled extents out of their
/// streams. Commit thread.
final class Upkeep {
    private static final long SLICE_NANOS = 1_000_000;
    private static final int EXTENTS_BETWEEN_LOOKS = 64;

    private final Clock clock;
    private final LogIndex index;
    private final CheckpointCut cut;
    private final Runnable wakeBackground;
    private final long checkpointNanos;
    private final Queue<SegmentIndex> unswept = new ArrayDeque<>();
    private int sweptExtents;
    private boolean rolledSinceCut;
    private boolean changedSinceCut;
    private long lastCutNanos;

    Upkeep(
            LogConfig config,
            Clock clock,
            LogIndex index,
            CheckpointCut cut,
            Runnable wakeBackground) {
        this.clock = clock;
        this.index = index;
        this.cut = cut;
        this.wakeBackground = wakeBackground;
        checkpointNanos = config.checkpoint().toNanos();
        lastCutNanos = clock.nanos();
    }

    LogIndex index() {
        return index;
    }

    /// A segment was sealed.
    void sealed(SegmentIndex segment) {
        unswept.add(segment);
    }

    /// Something was applied.
    void changed() {
        changedSinceCut = true;
    }

    /// The log goes on in another segment: time for a checkpoint.
    void rolled() {
        rolledSinceCut = true;
        wakeBackground.run();
    }

    /// Nanoseconds until a checkpoint is due; [Long#MAX_VALUE] while there is nothing new, or one
    /// is under way.
    long untilCutNanos() {
        if (!changedSinceCut || cut.plan() != null) {
            return Long.MAX_VALUE;
        }
        return rolledSinceCut ? 0 : Math.max(0, lastCutNanos + checkpointNanos - clock.nanos());
    }

    /// Cuts a checkpoint, unless one is under way. Between two batches only: all that was logged is
    /// applied.
    ///
    /// @param start where the next block will lie
    boolean cut(ReplayStart start) {
        if (!cut.begin(start, index.segment(start.segment()))) {
            return false;
        }
        rolledSinceCut = false;
        changedSinceCut = false;
        lastCutNanos = clock.nanos();
        wakeBackground.run();
        return true;
    }

    /// Works for a moment.
    ///
    /// @param position all before it is durable and applied
    /// @return whether there is more to do at once
    boolean slice(long position) {
        boolean work = cut.hasWork() || !unswept.isEmpty();
        if (work) {
            long until = clock.nanos() + SLICE_NANOS;
            if (cut.hasWork() && cut.slice(until, position)) {
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
