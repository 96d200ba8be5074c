package io.polylog.broker.core;

import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.core.SettleBuffer.Fate;
import io.polylog.io.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/// Deliveries of one subscription that were handed out and not settled, by age where they may be
/// kept for a time only: those of an eighth of that time lie together, so that none is remembered
/// by itself. On the session's loop.
final class Leases {
    private static final int PARTS = 8;
    private static final long NANOS_PER_MS = 1_000_000;

    private final Clock clock;

    /// How long one may stay unsettled, or -1.
    private final long timeoutNanos;

    private final Deque<Part> parts = new ArrayDeque<>(1);

    /// Those handed out from a moment on.
    private record Part(long startNanos, Claims claims) {}

    /// @param timeoutMs how long one may stay unsettled, or -1
    Leases(Clock clock, long timeoutMs) {
        this.clock = clock;
        timeoutNanos =
                timeoutMs < 0 || timeoutMs > Long.MAX_VALUE / 4 / NANOS_PER_MS
                        ? -1
                        : timeoutMs * NANOS_PER_MS;
        parts.add(new Part(clock.nanos(), new Claims()));
    }

    boolean mayTimeOut() {
        return timeoutNanos >= 0;
    }

    long timeoutMs() {
        return timeoutNanos / NANOS_PER_MS;
    }

    /// What becomes of one that was kept too long.
    Fate whenOverdue() {
        return Fate.of(Outcome.TIMED_OUT, "not settled within " + timeoutMs() + " ms");
    }

    void add(long offset, int attempt) {
        Part newest = parts.getLast();
        if (mayTimeOut() && clock.nanos() - newest.startNanos > timeoutNanos / PARTS) {
            parts.removeIf(part -> part.claims.isEmpty());
            newest = new Part(clock.nanos(), new Claims());
            parts.addLast(newest);
        }
        newest.claims.add(offset, attempt);
    }

    boolean has(long offset, int attempt) {
        for (Part part : parts) {
            if (part.claims.has(offset, attempt)) {
                return true;
            }
        }
        return false;
    }

    /// Takes one out; false when it is not there with that attempt.
    boolean remove(long offset, int attempt) {
        for (Part part : parts) {
            if (part.claims.remove(offset, attempt)) {
                return true;
            }
        }
        return false;
    }

    /// Begins its time anew; false when it is not there with that attempt.
    boolean renew(long offset, int attempt) {
        boolean there = remove(offset, attempt);
        if (there) {
            add(offset, attempt);
        }
        return there;
    }

    boolean isEmpty() {
        for (Part part : parts) {
            if (!part.claims.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /// All of them.
    List<Span> spans() {
        List<Span> spans = new ArrayList<>();
        parts.forEach(part -> spans.addAll(part.claims.spans()));
        return spans;
    }

    /// How long until some are overdue, if they are not settled; Long.MAX_VALUE for never.
    long nanosToDue() {
        for (Part part : parts) {
            if (mayTimeOut() && !part.claims.isEmpty()) {
                return Math.max(0, dueNanos(part) - clock.nanos());
            }
        }
        return Long.MAX_VALUE;
    }

    /// When the youngest of a part has had its time.
    private long dueNanos(Part part) {
        return part.startNanos + timeoutNanos / PARTS + timeoutNanos;
    }

    /// Takes out those that had their time.
    List<Span> takeOverdue() {
        List<Span> overdue = new ArrayList<>();
        long now = clock.nanos();
        Iterator<Part> oldestFirst = parts.iterator();
        while (mayTimeOut() && oldestFirst.hasNext()) {
            Part part = oldestFirst.next();
            if (dueNanos(part) - now > 0) {
                break;
            }
            overdue.addAll(part.claims.spans());
            oldestFirst.remove();
        }
        if (parts.isEmpty()) {
            parts.add(new Part(now, new Claims()));
        }
        return overdue;
    }
}
