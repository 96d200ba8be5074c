package io.polylog.log;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Moves the log into its next segment, and says who is turned away while there is none. Commit
/// thread.
final class SegmentRoll {
    /// This part of the active segment is kept for batches that free space.
    private static final int RESERVE_DIVISOR = 8;

    private final SegmentSupply supply;
    private final LogIndex index;
    private final Upkeep upkeep;
    private final List<SegmentIndex> left = new ArrayList<>();
    private boolean fresh;

    /// @param fresh whether the active segment holds no block yet
    SegmentRoll(SegmentSupply supply, LogIndex index, Upkeep upkeep, boolean fresh) {
        this.supply = supply;
        this.index = index;
        this.upkeep = upkeep;
        this.fresh = fresh;
    }

    /// Whether the active segment holds no block yet.
    boolean isFresh() {
        return fresh;
    }

    /// A block was written.
    void used() {
        fresh = false;
    }

    /// Goes on in the next segment; false while there is none.
    boolean roll(BlockWriter writer) throws IOException {
        Segment next = supply.take();
        if (next == null) {
            return false;
        }
        left.add(index.segment(writer.segment().number()));
        writer.roll(next);
        SegmentIndex _ = index.add(next);
        fresh = true;
        return true;
    }

    /// Everything logged in the segments left behind is applied: their indexes are complete.
    void sealIndexes() {
        for (SegmentIndex segment : left) {
            segment.seal();
            upkeep.sealed(segment);
        }
        left.clear();
    }

    /// Whether a batch is turned away for want of space.
    boolean refuses(Pending pending, BlockWriter writer) {
        if (!supply.isFull() || supply.isReady()) {
            return false;
        }
        long room = writer.roomBytes();
        boolean reserved = room <= writer.segment().header().sizeBytes() / RESERVE_DIVISOR;
        return pending.batch.urgency() == Batch.Urgency.PUBLISH
                ? reserved || pending.logBytes() > room
                : pending.logBytes() > room;
    }

    /// Whether new data is turned away at the door.
    boolean refusesPublish(BlockWriter writer) {
        return supply.isFull()
                && !supply.isReady()
                && writer.roomBytes() <= writer.segment().header().sizeBytes() / RESERVE_DIVISOR;
    }
}
