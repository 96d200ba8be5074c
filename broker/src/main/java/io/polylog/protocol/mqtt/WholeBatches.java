package io.polylog.protocol.mqtt;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Session;
import io.polylog.broker.Transaction;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// Batches whose messages are each stored together with their marks, or not at all. Each batch is
/// one transaction, and one is under way at a time, so that a batch that is refused can be tried
/// again in parts before what came after it: only what is refused alone is answered so. What comes
/// meanwhile is gathered. On the connection's loop.
final class WholeBatches {
    private final Session core;
    private final int mostBytes;
    private final Deque<IncomingBatch> waiting = new ArrayDeque<>(0);
    private boolean underWay;

    /// @param mostBytes up to which what waits is gathered in one batch
    WholeBatches(Session core, int mostBytes) {
        this.core = core;
        this.mostBytes = mostBytes;
    }

    void add(IncomingBatch batch) {
        IncomingBatch last = waiting.peekLast();
        if (last != null && last.bytes() + batch.bytes() <= mostBytes) {
            last.addAll(batch);
        } else {
            waiting.addLast(batch);
        }
        next();
    }

    private void next() {
        IncomingBatch batch = underWay ? null : waiting.pollFirst();
        if (batch == null) {
            return;
        }
        underWay = true;
        core.transact(new Transaction(batch.publications(), List.of(), true))
                .whenComplete((outcomes, failed) -> {
                    underWay = false;
                    if (failed == null) {
                        batch.decided(outcomes);
                    } else {
                        refused(batch, BrokerException.reason(failed));
                    }
                    next();
                });
    }

    private void refused(IncomingBatch batch, Throwable cause) {
        List<IncomingBatch> parts = isOfOne(cause) ? batch.halves() : List.of(batch);
        if (parts.size() == 1) {
            batch.refused(cause);
        } else {
            parts.reversed().forEach(waiting::addFirst);
        }
    }

    /// Whether it may stand against one message only, and it is known that nothing is stored.
    private static boolean isOfOne(Throwable cause) {
        return cause instanceof BrokerException refused
                && refused.kind() != Kind.CLOSED
                && refused.kind() != Kind.DISK_FULL;
    }
}
