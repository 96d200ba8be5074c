package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/// What a stream is to send elsewhere, in order: its records stay until it is known that they are
/// there.
final class Outbox extends Cell {
    final long stream;

    /// The sequence of the next message.
    private long next;

    private final Deque<Outgoing> waiting = new ArrayDeque<>(1);

    /// The offsets of what waits.
    private final OffsetSet offsets = new OffsetSet();

    Outbox(long stream) {
        this.stream = stream;
    }

    /// One past the sequence of the newest.
    long endSequence() {
        return next;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /// The oldest offset that is still to be sent, or Long.MAX_VALUE.
    long floor() {
        long first = offsets.first();
        return first < 0 ? Long.MAX_VALUE : first;
    }

    /// Gives the parts of a range that are to be sent.
    void each(long from, long end, Stream.Range sink) {
        long held = offsets.next(from);
        while (held >= 0 && held < end) {
            long stop = Math.min(end, offsets.endOfRun(held));
            sink.range(held, stop);
            held = offsets.next(stop);
        }
    }

    /// Gives the parts of a range that are not to be sent.
    void eachOther(long from, long end, Stream.Range sink) {
        long position = from;
        while (position < end) {
            long held = offsets.next(position);
            if (held < 0 || held >= end) {
                sink.range(position, end);
                return;
            }
            if (held > position) {
                sink.range(position, held);
            }
            position = offsets.endOfRun(held);
        }
    }

    /// Adds offsets; the caller has touched the outbox.
    void add(long first, long end, Errand errand, long timeMs, Cells cells) {
        waiting.add(cells.born(new Outgoing(stream, next, first, end, errand, timeMs)));
        offsets.addAll(first, end);
        next += end - first;
    }

    /// Everything below a sequence is where it was to go; the caller has touched the outbox.
    ///
    /// @param sink gets the offsets
    void sent(long upTo, Cells cells, Stream.Range sink) {
        Outgoing first = waiting.peek();
        while (first != null && first.sequence < upTo) {
            cells.touch(first);
            waiting.remove();
            long end = first.end;
            if (first.endSequence() > upTo) {
                Outgoing rest = first.from(upTo);
                waiting.addFirst(cells.born(rest));
                end = rest.first;
            }
            offsets.removeAll(first.first, end);
            sink.range(first.first, end);
            first = waiting.peek();
        }
    }

    /// The first that wait.
    ///
    /// @param limit most to give
    List<Outgoing> first(int limit) {
        return waiting.stream().limit(limit).toList();
    }

    void cells(List<Cell> into) {
        into.add(this);
        into.addAll(waiting);
    }

    /// Takes what waits of a checkpoint back, in any order.
    void restore(List<Outgoing> all) {
        List<Outgoing> sorted = new ArrayList<>(all);
        sorted.sort(Comparator.comparingLong(each -> each.sequence));
        for (Outgoing each : sorted) {
            waiting.add(each);
            offsets.addAll(each.first, each.end);
        }
    }

    void dump(StringBuilder out) {
        out.append("  sends from ").append(next).append(':');
        for (Outgoing each : waiting) {
            out.append(' ').append(each.sequence).append('=').append(each.first).append('-');
            out.append(each.end).append(' ').append(each.errand).append(" at ").append(each.timeMs);
        }
        out.append('\n');
    }

    @Override
    public int kind() {
        return CellKind.OUTBOX;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(next);
    }

    static Outbox decode(HeadReader in) {
        Outbox outbox = new Outbox(in.number());
        outbox.next = in.number();
        return outbox;
    }
}
