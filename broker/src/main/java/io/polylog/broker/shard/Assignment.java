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
