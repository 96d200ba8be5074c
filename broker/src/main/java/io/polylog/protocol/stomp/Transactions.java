package io.polylog.protocol.stomp;

import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Settlement;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.protocol.stomp.QueueSubscription.Taken;
import io.polylog.protocol.stomp.Receipts.Due;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// BEGIN, COMMIT and ABORT: what is sent and settled in a transaction waits here, and happens
/// wholly or not at all. On the connection's loop.
final class Transactions {
    /// Open at once, as with RabbitMQ.
    private static final int MOST_OPEN = 16;

    private final OpenStomp open;
    private final Map<String, Open> all = new HashMap<>(2);
    private long bytes;

    private static final class Open {
        final List<Publication> publications = new ArrayList<>();
        final List<Settled> settlements = new ArrayList<>();

        /// What was settled, to be put back by an abort.
        final List<Taken> taken = new ArrayList<>();

        long bytes;
    }

    Transactions(OpenStomp open) {
        this.open = open;
    }

    void begin(StompFrame frame) {
        String name = frame.required("transaction");
        if (all.size() == MOST_OPEN) {
            throw new StompException(
                    "Transaction limit exceeded", "at most " + MOST_OPEN + " may be open");
        }
        if (all.putIfAbsent(name, new Open()) != null) {
            throw new StompException("Bad transaction", "'" + name + "' was begun already");
        }
        OpenStomp.done(open.due(frame));
    }

    void commit(StompFrame frame) {
        Open ended = end(frame.required("transaction"));
        open.turn();
        Due due = open.due(frame);
        open.wire()
                .await(
                        frame,
                        open.session()
                                .transact(new Transaction(ended.publications, ended.settlements)),
                        outcomes -> {
                            check(ended, outcomes);
                            OpenStomp.done(due);
                        });
    }

    private static void check(Open ended, Outcomes outcomes) {
        for (int i = 0; i < ended.publications.size(); i++) {
            if (outcomes.at(i) == Outcome.NOT_FOUND) {
                throw Sending.notFound();
            }
        }
    }

    void abort(StompFrame frame) {
        Open ended = end(frame.required("transaction"));
        ended.taken.forEach(open.subscriptions()::putBack);
        OpenStomp.done(open.due(frame));
    }

    private Open end(String name) {
        Open ended = find(name);
        all.remove(name);
        bytes -= ended.bytes;
        return ended;
    }

    private Open find(String name) {
        Open found = all.get(name);
        if (found == null) {
            throw new StompException(
                    "Bad transaction", "Invalid transaction identifier: '" + name + "'");
        }
        return found;
    }

    void publish(String name, Publication publication) {
        Open found = find(name);
        count(found, Transaction.bytes(publication));
        found.publications.add(publication);
    }

    void settle(String name, List<Taken> taken, Settlement how) {
        Open found = find(name);
        for (Taken each : taken) {
            found.taken.add(each);
            found.settlements.add(new Settled(each.delivery(), how));
        }
    }

    private void count(Open found, long more) {
        bytes += more;
        found.bytes += more;
        if (bytes > Transaction.MOST_BYTES) {
            throw new StompException(
                    "Transaction limit exceeded",
                    "all transactions of a connection may have at most "
                            + Transaction.MOST_BYTES
                            + " bytes");
        }
    }
}
