package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.protocol.nats.NatsMapping;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/// What a consumer has delivered and nobody has acknowledged, by offset. On the home loop.
public final class Unacked {
    private static final Content NOTHING =
            new Content(NatsMapping.ENCODING, Envelope.PLAIN, ByteBuffer.allocate(0));

    private final TreeMap<Long, Waiting> all = new TreeMap<>();

    /// None is due before.
    private long firstDueMs = Long.MAX_VALUE;

    private record Waiting(Delivery delivery, long sentMs, long dueMs) {}

    /// @param sentMs when it was sent
    /// @param dueMs when it goes to somebody else
    void add(Delivery delivery, long sentMs, long dueMs) {
        all.put(delivery.offset(), new Waiting(delivery.with(NOTHING), sentMs, dueMs));
        firstDueMs = Math.min(firstDueMs, dueMs);
    }

    int size() {
        return all.size();
    }

    long redelivered() {
        return all.values().stream().filter(each -> each.delivery.attempt() > 0).count();
    }

    /// The oldest, or -1 for none.
    long first() {
        return all.isEmpty() ? -1 : all.firstKey();
    }

    /// One by its offset, and all before it where they are meant too; they stay.
    List<Delivery> find(long offset, boolean before) {
        List<Delivery> found = new ArrayList<>();
        if (before) {
            all.headMap(offset, true).values().forEach(each -> found.add(each.delivery));
        } else {
            Waiting one = all.get(offset);
            if (one != null) {
                found.add(one.delivery);
            }
        }
        return found;
    }

    /// When a message was sent; -1 where it is not there.
    long sentMs(long offset) {
        Waiting one = all.get(offset);
        return one == null ? -1 : one.sentMs;
    }

    void remove(List<Delivery> gone) {
        gone.forEach(each -> all.remove(each.offset()));
    }

    /// Somebody still works on those.
    ///
    /// @param dueMs when each goes to somebody else
    void renew(List<Delivery> those, ToLongFunction<Delivery> dueMs) {
        for (Delivery each : those) {
            long due = dueMs.applyAsLong(each);
            all.computeIfPresent(each.offset(), (_, there) -> new Waiting(each, there.sentMs, due));
            firstDueMs = Math.min(firstDueMs, due);
        }
    }

    /// How many there are whose time is over.
    long countOverdue(long nowMs) {
        return nowMs < firstDueMs
                ? 0
                : all.values().stream().filter(each -> each.dueMs <= nowMs).count();
    }

    /// Removes some whose time is over, the oldest first.
    ///
    /// @param most how many may come once more now
    /// @param lastAttempt those that were delivered for the last time go in any case
    List<Delivery> overdue(long nowMs, long most, long lastAttempt) {
        if (nowMs < firstDueMs) {
            return List.of();
        }
        List<Delivery> over = new ArrayList<>();
        long more = most;
        firstDueMs = Long.MAX_VALUE;
        for (Waiting each : all.values()) {
            boolean last = each.delivery.attempt() >= lastAttempt;
            if (each.dueMs <= nowMs && (last || more > 0)) {
                more -= last ? 0 : 1;
                over.add(each.delivery);
            } else {
                firstDueMs = Math.min(firstDueMs, each.dueMs);
            }
        }
        remove(over);
        return over;
    }
}
