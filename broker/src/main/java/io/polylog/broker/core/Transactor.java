package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Publication;
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
        batch.drafted(homeLast(drafting.parts));
        session.consumers().settles().flush(false);
        session.publishes().add(batch);
        pendingBytes += bytes;
        batch.answer().whenComplete((_, _) -> pendingBytes -= bytes);
        batch.begin();
        return batch.answer();
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
            requireNoExpectation(publications.get(place));
            Outcome refused = drafting.draft(place, publications.get(place));
            if (refused == Outcome.UNROUTABLE || refused == Outcome.NOT_FOUND) {
                batch.decide(place, refused);
            } else if (refused != null) {
                throw refusal(refused);
            }
        }
        batch.withheld().draft(drafting);
    }

    /// What holds when a transaction is prepared need not hold any more when it is committed.
    private static void requireNoExpectation(Publication publication) {
        if (publication.expectation() != null) {
            throw new BrokerException(
                    Kind.INVALID, "a message of a transaction cannot expect what is the newest");
        }
    }

    private static BrokerException refusal(Outcome refused) {
        return refused == Outcome.DENIED
                ? new BrokerException(Kind.DENIED, "a publish is not permitted")
                : new BrokerException(Kind.INVALID, "a message is refused: " + refused);
    }

    /// The largest part needs no second copy where it is at home.
    private static List<Part> homeLast(List<Part> parts) {
        List<Part> ordered = new ArrayList<>(parts);
        ordered.sort(Comparator.comparingLong(Part::payloadBytes));
        return ordered;
    }
}
