package io.polylog.broker.shard;

import io.polylog.broker.command.SettleCommand.Span;
import java.util.List;

/// Offsets given to a consumer, to be read when it can take them.
///
/// @param first the first
/// @param end one past the last
/// @param attempt of the deliveries
/// @param redelivered they may have been delivered before
public record Assignment(long first, long end, int attempt, boolean redelivered) {
    /// How many offsets it is.
    public long count() {
        return end - first;
    }

    /// What of it is below an offset.
    public Assignment below(long limit) {
        long last = Math.clamp(limit, first, end);
        return new Assignment(first, last, attempt, redelivered);
    }

    /// What of it is not below an offset.
    public Assignment from(long limit) {
        long start = Math.clamp(limit, first, end);
        return new Assignment(start, end, attempt, redelivered);
    }

    /// How many offsets they are together.
    public static long count(List<Assignment> assignments) {
        return assignments.stream().mapToLong(each -> each.end - each.first).sum();
    }

    /// What settles them.
    public static List<Span> spans(List<Assignment> assignments) {
        return assignments.stream()
                .map(each -> new Span(each.first, each.end, each.attempt))
                .toList();
    }
}
