package io.polylog.broker.shard;

import org.jspecify.annotations.Nullable;

/// How much the streams of a shard hold and how old it is. On the shard's thread.
public final class Holdings {
    private final ShardState state;

    Holdings(ShardState state) {
        this.state = state;
    }

    /// How many of a stream's oldest offsets are to go.
    ///
    /// @param start the oldest offset now
    /// @param expired how many from there on are too old
    /// @param oversize how many from there on are more than is kept
    public record Overdue(long start, long expired, long oversize) {
        static final Overdue NOTHING = new Overdue(0, 0, 0);
    }

    /// What a stream need not keep.
    ///
    /// @param sinceMs the oldest of the log's times that stays, or Long.MIN_VALUE
    /// @param maxBytes payload bytes beyond which the oldest go, or -1
    public Overdue overdue(long streamId, long sinceMs, long maxBytes) {
        Stream stream = state.streams.get(streamId);
        Outline outline = stream == null ? null : stream.outline;
        if (stream == null || outline == null) {
            return Overdue.NOTHING;
        }
        long young = outline.startSince(sinceMs, stream.end);
        long small = maxBytes < 0 ? stream.start : outline.startWithin(maxBytes, stream.end);
        return new Overdue(stream.start, young - stream.start, small - stream.start);
    }

    /// What there is to compact in a stream.
    ///
    /// @param start its oldest offset
    /// @param cleanTo everything below was compared before
    /// @param until the first offset that is too young
    /// @param bytes it holds, about
    /// @param dirtyBytes of what was not compared before
    public record Dirt(long start, long cleanTo, long until, long bytes, long dirtyBytes) {}

    /// What there is to compact, or null when nothing is.
    ///
    /// @param youngMs of the log's times, the oldest that is too young
    public @Nullable Dirt dirt(long streamId, long youngMs) {
        Stream stream = state.streams.get(streamId);
        Outline outline = stream == null ? null : stream.outline;
        if (stream == null || outline == null) {
            return null;
        }
        long until = outline.startSince(youngMs, stream.end);
        long cleanTo = Math.max(stream.start, stream.cleanTo());
        return until <= cleanTo
                ? null
                : new Dirt(
                        stream.start,
                        cleanTo,
                        until,
                        outline.bytes(),
                        outline.bytesFrom(cleanTo, stream.end));
    }

    /// Payload bytes a stream owes somebody, about.
    public long bytes(long streamId) {
        Stream stream = state.streams.get(streamId);
        if (stream == null) {
            return 0;
        }
        return stream.outline == null ? state.store.owedBytes(streamId) : stream.outline.bytes();
    }

    /// Offsets that follow each other.
    ///
    /// @param first the first
    /// @param end one past the last
    public record Range(long first, long end) {}

    /// The oldest part of a stream, by offset, whose last record's own time is `timeMs` or later;
    /// null when no record's is. All of a stream of which that is not known.
    public @Nullable Range reaching(long streamId, long timeMs) {
        Stream stream = state.streams.get(streamId);
        if (stream == null || stream.isEmpty()) {
            return null;
        }
        return stream.outline == null
                ? new Range(stream.start, stream.end)
                : stream.outline.reaching(timeMs);
    }

    /// The first offset of the record with the newest time of its own (the last record where that
    /// is not known), or -1 when there is none.
    public long newest(long streamId) {
        Stream stream = state.streams.get(streamId);
        if (stream == null || stream.isEmpty()) {
            return -1;
        }
        return stream.outline == null ? stream.end - 1 : stream.outline.newest();
    }
}
