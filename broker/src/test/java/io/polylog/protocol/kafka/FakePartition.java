package io.polylog.protocol.kafka;

import io.polylog.broker.Append;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.AppendListener.Result;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Reader.Entry;
import io.polylog.broker.Reader.ReadResult;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One partition in memory. Safe from any thread.
final class FakePartition {
    private static final int WINDOW = 5;

    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private final Map<Long, Producer> producers = new HashMap<>();
    private final List<Waiter> waiters = new ArrayList<>();
    private long start;
    private long end;

    private static final class Producer {
        private short epoch = -1;
        private final ArrayDeque<long[]> last = new ArrayDeque<>();
    }

    record Waiter(long offset, Runnable task) {}

    synchronized long start() {
        return start;
    }

    synchronized long end() {
        return end;
    }

    /// Everything below is settled or expired.
    synchronized void trim(long to) {
        start = Math.max(start, to);
        entries.headMap(start).clear();
    }

    /// One message is settled.
    synchronized void settle(long offset) {
        entries.remove(offset);
        start = entries.isEmpty() ? end : Math.max(start, entries.firstKey());
    }

    synchronized Result append(Append append) {
        Outcome outcome = Outcome.APPENDED;
        Append.ProducerStamp stamp = append.producer();
        if (stamp != null) {
            Producer producer = producers.computeIfAbsent(stamp.id(), id -> new Producer());
            for (long[] known : producer.last) {
                if (known[0] == stamp.baseSequence() && producer.epoch == stamp.epoch()) {
                    return new Result(Outcome.DUPLICATE, known[2], 1, start);
                }
            }
            outcome = check(producer, stamp);
            if (outcome != Outcome.APPENDED) {
                return new Result(outcome, -1, 1, start);
            }
            producer.epoch = stamp.epoch();
            producer.last.add(
                    new long[] {
                        stamp.baseSequence(), stamp.baseSequence() + append.recordCount(), end
                    });
            if (producer.last.size() > WINDOW) {
                producer.last.remove();
            }
        }
        long base = end;
        if (append.opened().isEmpty()) {
            Content batch = new Content(append.encoding(), Envelope.PLAIN, copy(append.batch()));
            put(new Entry(base, append.recordCount(), true, append.maxTimestampMs(), batch));
        } else {
            append.opened().forEach(this::put);
        }
        wake();
        return new Result(outcome, base, 1, start);
    }

    private static Outcome check(Producer producer, Append.ProducerStamp stamp) {
        if (stamp.epoch() < producer.epoch) {
            return Outcome.FENCED;
        }
        boolean fresh = producer.last.isEmpty() || stamp.epoch() > producer.epoch;
        long expected = fresh ? 0 : producer.last.getLast()[1];
        if (stamp.baseSequence() == expected) {
            return Outcome.APPENDED;
        }
        return fresh ? Outcome.UNKNOWN_PRODUCER : Outcome.OUT_OF_ORDER_SEQUENCE;
    }

    /// Stores one message of any encoding.
    synchronized void put(Content content) {
        put(
                new Entry(
                        end,
                        1,
                        false,
                        System.currentTimeMillis(),
                        new Content(
                                content.encoding(), content.envelope(), copy(content.bytes()))));
        wake();
    }

    private void put(Entry entry) {
        entries.put(entry.offset(), entry);
        end = entry.offset() + entry.span();
    }

    private static ByteBuffer copy(ByteBuffer bytes) {
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
        return copy.put(bytes.duplicate()).flip();
    }

    synchronized ReadResult read(long offset, int maxBytes) {
        List<Entry> found = new ArrayList<>();
        Long from = entries.floorKey(offset);
        if (from == null || from + entries.get(from).span() <= offset) {
            from = offset;
        }
        int bytes = 0;
        long next = end;
        for (Entry entry : entries.tailMap(from).values()) {
            bytes += entry.content().bytes().remaining();
            if (!found.isEmpty() && bytes > maxBytes) {
                next = entry.offset();
                break;
            }
            found.add(entry);
        }
        return new ReadResult(found, next, null);
    }

    /// The first entry whose time is that or later.
    synchronized Entry at(long timeMs) {
        return entries.values().stream().filter(e -> e.timeMs() >= timeMs).findFirst().orElse(null);
    }

    /// The offset of the entry with the newest time, or -1.
    synchronized long newest() {
        return entries.values().stream()
                .max(java.util.Comparator.comparingLong(Entry::timeMs))
                .map(Entry::offset)
                .orElse(-1L);
    }

    synchronized long bytes() {
        return entries.values().stream()
                .mapToLong(entry -> entry.content().bytes().remaining())
                .sum();
    }

    synchronized Waiter waitBeyond(long offset, Runnable task) {
        Waiter waiter = new Waiter(offset, task);
        waiters.add(waiter);
        wake();
        return waiter;
    }

    synchronized void stopWaiting(Waiter waiter) {
        waiters.remove(waiter);
    }

    private void wake() {
        Iterator<Waiter> each = waiters.iterator();
        while (each.hasNext()) {
            Waiter waiter = each.next();
            if (end > waiter.offset) {
                each.remove();
                waiter.task.run();
            }
        }
    }
}
