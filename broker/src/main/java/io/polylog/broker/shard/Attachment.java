package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Mailbox;
import io.polylog.broker.command.CompactCommand;
import io.polylog.broker.command.SettleCommand.Span;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A consumer's place at one subscription of one stream: the shard's end of it. On the shard's
/// thread.
public final class Attachment {
    final long subscription;
    final long epoch;
    private final Interest interest;
    final Terms terms;
    final Receiver receiver;
    private List<Assignment> assigned = new ArrayList<>(2);
    private boolean gone;

    /// What its own filter is known to want; null where it has none.
    OwnFilters.@Nullable Known known;

    Attachment(long subscription, long epoch, Interest interest, Terms terms, Receiver receiver) {
        this.subscription = subscription;
        this.epoch = epoch;
        this.interest = interest;
        this.terms = terms;
        this.receiver = receiver;
    }

    /// How a consumer takes part.
    ///
    /// @param priority higher ones are served first
    /// @param exclusive nobody else may take part
    /// @param credit what it may be given
    /// @param filter of its own: what it is given is wanted by it; not that of the subscription
    public record Terms(int priority, boolean exclusive, CreditPool credit, Filter filter) {}

    /// The consumer's end. Its methods are called on its mailbox.
    public interface Receiver {
        Mailbox mailbox();

        /// More to read and deliver.
        void assigned(List<Assignment> assignments);

        /// Messages left the subscription because they came back once too often.
        ///
        /// @param gone in order, each with the attempt it was delivered with last
        void exhausted(List<Span> gone);

        /// Messages that were assigned to somebody are gone.
        void removed(List<CompactCommand.Span> gone);

        /// The subscription went away.
        void cancelled();
    }

    public long subscription() {
        return subscription;
    }

    /// In which the shard's leader serves it.
    public long epoch() {
        return epoch;
    }

    /// What the subscription wants, and for how long: not all that is assigned need be.
    public Interest interest() {
        return interest;
    }

    void assign(Assignment assignment) {
        assigned.add(assignment);
    }

    /// Whether it is to be told: there is something for it, or credit that others may want.
    boolean hasNews() {
        return terms.credit.takeGaveBack() || !assigned.isEmpty() || terms.credit.isStarved();
    }

    List<Assignment> takeAssigned() {
        List<Assignment> taken = assigned;
        assigned = new ArrayList<>(2);
        return taken;
    }

    boolean gone() {
        return gone;
    }

    void leave() {
        gone = true;
    }
}
