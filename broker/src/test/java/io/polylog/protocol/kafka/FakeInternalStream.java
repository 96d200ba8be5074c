package io.polylog.protocol.kafka;

import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.AppendListener.Result;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Reader.Entry;
import io.polylog.broker.Reader.ReadResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// An internal stream in memory; it can be told to refuse. Safe from any thread.
final class FakeInternalStream implements InternalStream {
    /// What the next appends come to, instead of being stored.
    final List<Outcome> planted = new ArrayList<>();

    private final List<Entry> entries = new ArrayList<>();
    private final List<List<byte[]>> keys = new ArrayList<>();
    private long end;

    @Override
    public synchronized long epoch() {
        return 7;
    }

    @Override
    public synchronized long endOffset() {
        return end;
    }

    @Override
    public synchronized void append(
            long epoch,
            long expectedEnd,
            int span,
            ByteBuffer bytes,
            List<byte[]> keys,
            List<Boolean> tombstones,
            AppendListener listener) {
        Outcome outcome = planted.isEmpty() ? Outcome.APPENDED : planted.removeFirst();
        if (epoch != epoch() || expectedEnd != end) {
            outcome = Outcome.CLOSED;
        }
        if (outcome == Outcome.APPENDED) {
            ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
            copy.put(bytes.duplicate()).flip();
            entries.add(new Entry(end, span, true, 1, new Content((byte) 1, Envelope.PLAIN, copy)));
            this.keys.add(keys);
            end += span;
        }
        listener.decided(List.of(new Result(outcome, expectedEnd, 1, 0)));
    }

    @Override
    public synchronized ReadResult read(long offset, int maxBytes) {
        List<Entry> found = entries.stream().filter(e -> e.offset() >= offset).limit(3).toList();
        long next = found.isEmpty() ? end : found.getLast().offset() + found.getLast().span();
        return new ReadResult(found, next, null);
    }

    /// How many keys were given, over all records.
    synchronized long keysGiven() {
        return keys.stream().mapToLong(List::size).sum();
    }
}
