package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Transaction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletionStage;

/// Begins a session's transactions. On the session's loop.
final class Transactor {
    private final CoreSession session;

    /// Bytes of those under way.
    private long pendingBytes;

    Transactor(CoreSession session) {
        this.session = session;
    }

    CompletionStage<Outcomes> transact(Transaction transaction) {
        long bytes = transaction.bytes();
        int size = transaction.publications().size();
        long id = session.core().entropy().nextLong();
        TransactionBatch batch = new TransactionBatch(session, id, size, transaction.bounded());
        Publisher.Drafting drafting = session.publisher().draft(batch, batch::memory, size);
        batch.withhold(Withheld.take(session.consumers(), transaction.settlements()));
        try {
            batch.withheld().requireComplete();
            requireRoom(bytes);
            draft(transaction, batch, drafting);
        } catch (BrokerException refused) {
            batch.fail(refused);
        }
        session.consumers().settles().flush(false);
        pendingBytes += bytes;
        batch.answer().whenComplete((_, _) -> pendingBytes -= bytes);
        begin(batch, drafting);
        return batch.answer();
    }

    private void begin(TransactionBatch batch, Publisher.Drafting drafting) {
        batch.drafted(homeLast(drafting.parts, drafting.decidingShard), drafting.decidingShard);
        session.publishes().add(batch);
        batch.begin();
    }

    /// Publishes one message in all of its targets or in none, wherever they are, if the one
    /// decides for it that its sender expects something of.
    void publish(Publication publication, PublishListener listener) {
        TransactionBatch batch =
                new TransactionBatch(session, session.core().entropy().nextLong(), 1, true);
        Publisher.Drafting drafting = session.publisher().draft(batch, batch::memory, 1);
        Outcome refused = drafting.draft(0, publication);
        if (refused != null) {
            batch.decide(0, refused);
        }
        batch.answer()
                .whenComplete((outcomes, failed) ->
                        listener.decided(failed == null ? outcomes : batch.outcomes(failed)));
        begin(batch, drafting);
    }

    private void requireRoom(long bytes) {
        if (bytes > Transaction.MOST_BYTES) {
            throw new BrokerException(
                    Kind.INVALID,
                    "a transaction of %d bytes is larger than the limit of %d"
                            .formatted(bytes, Transaction.MOST_BYTES));
        }
        if (pendingBytes + bytes > Transaction.MOST_BYTES) {
            throw new BrokerException(Kind.BUSY, "too much of other transactions is under way");
        }
    }

    private static void draft(
            Transaction transaction, TransactionBatch batch, Publisher.Drafting drafting) {
        List<Publication> publications = transaction.publications();
        for (int place = 0; place < publications.size(); place++) {
            Outcome refused = drafting.draft(place, publications.get(place));
            if (refused == Outcome.UNROUTABLE || refused == Outcome.NOT_FOUND) {
                batch.decide(place, refused);
            } else if (refused == Outcome.MALFORMED) {
                throw new BrokerException(
                        Kind.INVALID, "a message does not fit: " + batch.problems().get(place));
            } else if (refused != null) {
                throw refusal(refused);
            }
        }
        batch.withheld().draft(drafting);
    }

    private static BrokerException refusal(Outcome refused) {
        return switch (refused) {
            case DENIED -> new BrokerException(Kind.DENIED, "a publish is not permitted");
            case UNFIT ->
                    new BrokerException(
                            Kind.INVALID,
                            "it cannot be told if what a message expects holds: it is not said of"
                                    + " which topic, or that is in another shard than another's, or"
                                    + " keeps no versions of keys");
            default -> new BrokerException(Kind.INVALID, "a message is refused: " + refused);
        };
    }

    /// What decides is at home; else the largest part: it needs no second copy there.
    private static List<Part> homeLast(List<Part> parts, int decidingShard) {
        List<Part> ordered = new ArrayList<>(parts);
        ordered.sort(
                Comparator.<Part, Boolean>comparing(part -> part.port().number() == decidingShard)
                        .thenComparingLong(Part::payloadBytes));
        return ordered;
    }
}
