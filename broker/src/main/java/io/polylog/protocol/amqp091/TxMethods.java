package io.polylog.protocol.amqp091;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.Settlement;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// Class tx of one channel: once it was selected, what is published and settled waits here for its
/// commit. On the connection's loop.
final class TxMethods {
    private final AmqpChannel channel;
    private final DeliveryWindow window;
    private boolean selected;
    private List<Publication> publications = new ArrayList<>(0);
    private BitSet mandatory = new BitSet(0);
    private List<Settled> settlements = new ArrayList<>(0);

    /// What the client settled, to be put back by a rollback.
    private List<Unacked.Entry> settled = new ArrayList<>(0);

    private long bytes;

    TxMethods(AmqpChannel channel, DeliveryWindow window) {
        this.channel = channel;
        this.window = window;
    }

    boolean isSelected() {
        return selected;
    }

    void txSelect() {
        if (channel.publishing().confirms()) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED, "cannot switch from confirm to tx mode");
        }
        selected = true;
        channel.reply(new TxSelectOk());
    }

    void txCommit(TxCommit method) {
        requireSelected();
        channel.handover().now();
        Transaction transaction = new Transaction(publications, settlements);
        BitSet returning = mandatory;
        clear();
        channel.await(
                method,
                () -> channel.session().transact(transaction),
                outcomes -> committed(transaction.publications(), returning, outcomes),
                TxMethods::error);
    }

    private void committed(List<Publication> published, BitSet returning, Outcomes outcomes) {
        for (int place = 0; place < published.size(); place++) {
            if (outcomes.at(place) != Outcome.STORED) {
                channel.publishing().unrouted(published.get(place), returning.get(place));
            }
        }
        channel.reply(new TxCommitOk());
        channel.settlements().settled();
    }

    /// As a refused publish that nobody confirms: the channel ends, whatever it was.
    private static AmqpException error(BrokerException refusal) {
        return refusal.kind() == Kind.CONFLICT
                ? AmqpException.of(
                        ReplyCode.PRECONDITION_FAILED,
                        "a delivery was acknowledged that is not this channel's any more")
                : AmqpMapping.error(refusal);
    }

    void txRollback() {
        requireSelected();
        window.unacked().putBack(settled);
        clear();
        channel.reply(new TxRollbackOk());
    }

    private void requireSelected() {
        if (!selected) {
            throw AmqpException.of(ReplyCode.PRECONDITION_FAILED, "channel is not transactional");
        }
    }

    /// Keeps a publish for the commit.
    void publish(Publication publication, boolean isMandatory) {
        count(Transaction.bytes(publication));
        mandatory.set(publications.size(), isMandatory);
        publications.add(publication);
    }

    /// Keeps settlements for the commit.
    void settle(List<Unacked.Entry> entries, Settlement how) {
        for (Unacked.Entry entry : entries) {
            settled.add(entry);
            settlements.add(new Settled(entry.delivery(), how));
        }
    }

    private void count(long more) {
        if (channel.handover().uncommitted(more) > Transaction.MOST_BYTES) {
            channel.handover().uncommitted(-more);
            throw AmqpException.onChannel(
                    ReplyCode.RESOURCE_ERROR,
                    "the transactions of this connection are larger than the limit of "
                            + Transaction.MOST_BYTES
                            + " bytes");
        }
        bytes += more;
    }

    /// The channel ends: nothing of it happens. Gives what was settled, to go back.
    List<Delivery> discard() {
        List<Delivery> back = new ArrayList<>(settled.size());
        settled.forEach(entry -> back.add(entry.delivery()));
        clear();
        return back;
    }

    private void clear() {
        channel.handover().uncommitted(-bytes);
        bytes = 0;
        publications = new ArrayList<>(0);
        mandatory = new BitSet(0);
        settlements = new ArrayList<>(0);
        settled = new ArrayList<>(0);
    }
}
