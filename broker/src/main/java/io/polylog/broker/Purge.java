package io.polylog.broker;

import java.util.List;

/// Which messages of a topic [Session#purge(io.polylog.message.TopicName, Purge)] removes.
///
/// @param below only those at offsets below
/// @param keep the newest so many stay, 0 or more
/// @param patterns only those whose subject fits one of them, and of those the newest stay:
///   patterns of dot-separated words, as a topic exchange has them; none for whatever subject. Only
///   of a topic with an index ([QueuePolicy.Admission#indexed])
public record Purge(long below, long keep, List<String> patterns) {
    /// Everything.
    public static final Purge ALL = new Purge(Long.MAX_VALUE, 0, List.of());

    public Purge {
        patterns = List.copyOf(patterns);
        if (below < 0 || keep < 0) {
            throw new IllegalArgumentException("nothing lies below " + below + " but " + keep);
        }
    }

    /// The same, only below an offset.
    public Purge below(long offset) {
        return new Purge(offset, keep, patterns);
    }

    /// The same, but the newest so many stay.
    public Purge keeping(long newest) {
        return new Purge(below, newest, patterns);
    }

    /// The same, only what fits one of some patterns.
    public Purge of(List<String> some) {
        return new Purge(below, keep, some);
    }

    /// Whether it speaks of one partition.
    public boolean isOfOne() {
        return below != Long.MAX_VALUE || keep > 0;
    }
}
