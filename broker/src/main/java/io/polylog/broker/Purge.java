package io.polylog.broker;

/// Which messages of a topic [Session#purge(io.polylog.message.TopicName, Purge)] removes.
///
/// @param below only those at offsets below
/// @param keep the newest so many stay, 0 or more
public record Purge(long below, long keep) {
    /// Everything.
    public static final Purge ALL = new Purge(Long.MAX_VALUE, 0);

    public Purge {
        if (below < 0 || keep < 0) {
            throw new IllegalArgumentException("nothing lies below " + below + " but " + keep);
        }
    }

    /// The same, only below an offset.
    public Purge below(long offset) {
        return new Purge(offset, keep);
    }

    /// The same, but the newest so many stay.
    public Purge keeping(long newest) {
        return new Purge(below, newest);
    }

    /// Whether it speaks of one partition.
    public boolean isOfOne() {
        return below != Long.MAX_VALUE || keep > 0;
    }
}
