package io.polylog.log;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/// Tells which segments are being read empty: what is owed of them now will not be in a moment, so
/// that to copy it would be work for nothing. One thread.
final class SegmentDrain {
    /// Seen less than this apart, a segment's numbers say nothing new.
    static final long LOOK_NANOS = 1_000_000_000;

    /// One that would be empty after so many looks, at the rate of the last, is not worth a copy.
    private static final int LOOKS_LEFT = 16;

    private final Map<Integer, Sample> samples = new HashMap<>();

    private record Sample(long nanos, long owedBytes, boolean draining) {}

    /// Whether a segment is being read empty. One that is seen for the first time is not.
    boolean isDraining(int segment, long owedBytes, long nowNanos) {
        Sample last = samples.get(segment);
        Sample seen = last == null ? new Sample(nowNanos, owedBytes, false) : last;
        long elapsed = nowNanos - seen.nanos;
        if (elapsed >= LOOK_NANOS) {
            double perLook = (double) (seen.owedBytes - owedBytes) * LOOK_NANOS / elapsed;
            seen = new Sample(nowNanos, owedBytes, perLook * LOOKS_LEFT > owedBytes);
        }
        samples.put(segment, seen);
        return seen.draining;
    }

    /// Forgets segments that are gone.
    void retain(Set<Integer> segments) {
        samples.keySet().retainAll(segments);
    }
}
