package io.polylog.broker.shard;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How much the streams of a shard hold and how old it is. On the shard's thread.
public final class Holdings {
    private final ShardState state;

    Holdings(ShardState state) {
        this.state = state;
    }

    /// How many of a stream's oldest offsets are to go.
    ///
    /// @param start the oldest offset that may go
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
        long from = stream.limitedFrom();
        long old = outline.startSince(sinceMs, stream.end);
        long young = Lifetimes.endsBelow(stream, old) ? old : from;
        long small = maxBytes < 0 ? from : outline.startWithin(maxBytes, stream.end);
        return new Overdue(from, young - from, small - from);
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

    /// Payload bytes a stream owes somebody, about; of a topic whose bytes are limited exactly.
    public long bytes(long streamId) {
        Stream stream = state.streams.get(streamId);
        if (stream == null) {
            return 0;
        }
        if (stream.removable() && stream.weighs()) {
            return stream.heldBytes();
        }
        return stream.outline == null || stream.untilSettled()
                ? state.store.owedBytes(streamId)
                : stream.outline.bytes();
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
        if (stream.outline == null) {
            return new Range(stream.start, stream.end);
        }
        Range range = stream.outline.reaching(timeMs);
        // Of what is older than all it keeps that is settled, a queue still owes some.
        return range != null && range.first() <= stream.limitedFrom()
                ? new Range(stream.start, range.end())
                : range;
    }

    /// The first offset of the record with the newest time of its own (the last record where that
    /// is not known), or -1 when there is none.
    public long newest(long streamId) {
        Stream stream = state.streams.get(streamId);
        if (stream == null || stream.isEmpty()) {
            return -1;
        }
        long newest = stream.outline == null ? -1 : stream.outline.newest();
        return newest < 0 ? stream.end - 1 : newest;
    }

    /// Where a stream begins when all below an offset is removed but the newest so many of all.
    public long newest(long streamId, long count, long below) {
        Stream stream = state.streams.get(streamId);
        if (stream == null) {
            return 0;
        }
        Subscription own = stream.subscription(LifecycleApply.OWN);
        long first =
                own == null
                        ? Math.max(stream.start, stream.end - count)
                        : own.settled.newest(count, stream.start, stream.end);
        return Math.min(first, below);
    }

    /// The last offset that is held, or -1 for none.
    public long last(long streamId) {
        long first = newest(streamId, 1, Long.MAX_VALUE);
        Held held = held(streamId, first, 1);
        return held.runs.isEmpty() ? -1 : held.runs.getFirst().end() - 1;
    }

    /// What can be read of a queue, or of a stream that keeps the newest of each key.
    ///
    /// @param runs offsets that somebody is still owed, or that are kept, in order
    /// @param end the offset up to which they are all
    public record Held(List<Assignment> runs, long end) {}

    /// The offsets a stream still owes somebody, or keeps, from `from` on.
    ///
    /// @param limit most runs to give
    public Held held(long streamId, long from, int limit) {
        List<Assignment> runs = new ArrayList<>();
        Stream stream = state.streams.get(streamId);
        Subscription own = stream == null ? null : stream.subscription(LifecycleApply.OWN);
        if (stream == null || own == null) {
            return new Held(runs, from);
        }
        long end = stream.visibleEnd;
        long kept = Math.max(from, Math.min(end, stream.keptFrom()));
        Run run = new Run();
        long position = from;
        while (runs.size() < limit && own.settled.find(position, kept, run)) {
            runs.add(new Assignment(run.first, run.end, run.attempt, false));
            position = run.end;
        }
        if (runs.size() == limit) {
            return new Held(runs, position);
        }
        if (kept < end) {
            runs.add(new Assignment(kept, end, 0, false));
        }
        return new Held(runs, end);
    }
}
