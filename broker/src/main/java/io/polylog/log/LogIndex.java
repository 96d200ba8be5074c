package io.polylog.log;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The segments that hold something, by number. Written by the log's thread, read by any.
final class LogIndex {
    private final Map<Integer, SegmentIndex> segments = new ConcurrentHashMap<>();
    private @Nullable SegmentIndex newest;
    private volatile boolean somethingSettled;

    /// A segment is taken into use.
    SegmentIndex add(Segment segment) {
        SegmentIndex index = addSealed(segment);
        newest = index;
        return index;
    }

    /// Adds a segment that is complete already.
    SegmentIndex addSealed(Segment segment) {
        SegmentIndex index = new SegmentIndex(segment, this::settled);
        segments.put(segment.number(), index);
        return index;
    }

    private void settled() {
        somethingSettled = true;
    }

    /// Whether a sealed segment has come to be owed nothing since this was asked last. Log's
    /// thread.
    boolean takeSettled() {
        if (!somethingSettled) {
            return false;
        }
        somethingSettled = false;
        return true;
    }

    /// The segment of a number that a live position names. Log's thread.
    SegmentIndex segment(int number) {
        SegmentIndex index = newest;
        if (index != null && index.number() == number) {
            return index;
        }
        SegmentIndex found = segments.get(number);
        if (found == null) {
            throw new IllegalStateException("segment " + number + " is gone");
        }
        return found;
    }

    /// The segment, or null when it was freed. Any thread.
    @Nullable SegmentIndex find(int number) {
        return segments.get(number);
    }

    /// Whether nothing needs the segment any more, but perhaps a replay.
    boolean isFree(SegmentIndex segment) {
        return segment.sealed()
                && segment.swept()
                && segment.nothingOwed()
                && !segment.held()
                && !isKept(segment);
    }

    /// Whether records of another segment may need bytes of this one.
    boolean isKept(SegmentIndex segment) {
        return segments.containsKey(segment.keptBy());
    }

    /// A batch began in segment `from` and ended in `to`: its records may need bytes of each
    /// segment before their own, so each is kept as long as the next.
    void keep(int from, int to) {
        SegmentIndex next = segments.get(to);
        while (next != null && next.number() > from) {
            SegmentIndex before = segments.get(next.segment().header().previous());
            if (before != null) {
                before.keepFor(next.number());
            }
            next = before;
        }
    }

    void remove(SegmentIndex index) {
        segments.remove(index.number());
    }

    Collection<SegmentIndex> all() {
        return segments.values();
    }
}
