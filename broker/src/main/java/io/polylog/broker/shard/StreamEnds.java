package io.polylog.broker.shard;

/// What other threads may know of a stream: where it begins and ends as of the last commit.
public final class StreamEnds {
    private final Stream stream;

    StreamEnds(Stream stream) {
        this.stream = stream;
    }

    /// The oldest offset owed.
    public long start() {
        return stream.visibleStart;
    }

    /// One past the newest durable offset.
    public long end() {
        return stream.visibleEnd;
    }
}
