package io.polylog.log;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Tells which segments are being emptied: what is owed of them now will not be in a moment, so
/// that to copy it would be work for nothing. One thread.
///
/// Of a segment that was only just filled nobody knows yet. Most messages that are ever done with
/// are so within moments, and the next look tells.
final class SegmentDrain {
    /// Seen less than this apart, a segment's numbers say nothing new.
    static final long LOOK_NANOS = 1_000_000_000;

    /// One that would be empty after so many looks, at the rate of the last, is not worth a copy.
    private static final int LOOKS_LEFT = 16;

    /// For so long after it was first seen a segment counts as one that is being emptied.
    static final long YOUNG_NANOS = 8 * LOOK_NANOS;

    private final Map<Integer, Sample> samples = new HashMap<>();

    /// @param firstNanos when the segment was first seen
    private record Sample(long firstNanos, long nanos, long owedBytes, boolean draining) {}

    /// Whether a segment is being emptied, or may be.
    boolean isDraining(int segment, long owedBytes, long nowNanos) {
        Sample last = samples.get(segment);
        Sample seen = last == null ? new Sample(nowNanos, nowNanos, owedBytes, false) : last;
        long elapsed = nowNanos - seen.nanos;
        if (elapsed >= LOOK_NANOS) {
            double perLook = (double) (seen.owedBytes - owedBytes) * LOOK_NANOS / elapsed;
            boolean draining = perLook * LOOKS_LEFT > owedBytes;
            seen = new Sample(seen.firstNanos, nowNanos, owedBytes, draining);
        }
        samples.put(segment, seen);
        return seen.draining || nowNanos - seen.firstNanos < YOUNG_NANOS;
    }

    /// Forgets segments that are gone.
    void retain(Set<Integer> segments) {
        samples.keySet().retainAll(segments);
    }
}
