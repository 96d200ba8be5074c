package io.polylog.log;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// The segments that hold something, by number. Written by the log's thread, read by any.
final class LogIndex {
    private final Map<Integer, SegmentIndex> segments = new ConcurrentHashMap<>();
    private @Nullable SegmentIndex newest;

    /// A segment is taken into use.
    SegmentIndex add(Segment segment) {
        SegmentIndex index = new SegmentIndex(segment);
        segments.put(segment.number(), index);
        newest = index;
        return index;
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

    void remove(SegmentIndex index) {
        segments.remove(index.number());
    }

    Collection<SegmentIndex> all() {
        return segments.values();
    }
}
