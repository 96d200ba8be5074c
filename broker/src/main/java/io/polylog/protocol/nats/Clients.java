package io.polylog.protocol.nats;

import io.polylog.protocol.nats.Traffic.Sums;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/// The connections open now, and what went over those before. Any thread.
final class Clients {
    private final AtomicLong last = new AtomicLong();
    private final ConcurrentSkipListMap<Long, NatsConnection> open = new ConcurrentSkipListMap<>();
    private Sums ended = Sums.NONE;

    /// Notes a connection, until it is told to be [#gone].
    ///
    /// @return its number
    long come(NatsConnection connection) {
        long number = last.incrementAndGet();
        open.put(number, connection);
        return number;
    }

    /// A connection has ended.
    void gone(long number, Sums traffic) {
        if (open.remove(number) != null) {
            add(traffic);
        }
    }

    private synchronized void add(Sums traffic) {
        ended = ended.plus(traffic);
    }

    /// What went over connections that have ended.
    synchronized Sums ended() {
        return ended;
    }

    /// How many there were so far.
    long all() {
        return last.get();
    }

    int count() {
        return open.size();
    }

    /// Asks each on its own loop what it does, the oldest first; those that end meanwhile are left
    /// out.
    CompletionStage<List<ClientReport>> reports() {
        List<CompletableFuture<List<ClientReport>>> each =
                open.values().stream().map(NatsConnection::report).toList();
        return CompletableFuture.allOf(each.toArray(CompletableFuture<?>[]::new))
                .thenApply(_ -> {
                    List<ClientReport> all = new ArrayList<>(each.size());
                    each.forEach(one -> all.addAll(one.join()));
                    return all;
                });
    }
}
