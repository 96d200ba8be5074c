package io.polylog.broker.shard;

import io.polylog.broker.Filter;
import io.polylog.broker.Mailbox;
import java.util.ArrayList;
import java.util.List;

/// A consumer's place at one subscription of one stream: the shard's end of it. On the shard's
/// thread.
public final class Attachment {
    final long subscription;
    final long epoch;
    private final Filter filter;
    final Terms terms;
    final Receiver receiver;
    private List<Assignment> assigned = new ArrayList<>(2);
    private boolean gone;

    Attachment(long subscription, long epoch, Filter filter, Terms terms, Receiver receiver) {
        this.subscription = subscription;
        this.epoch = epoch;
        this.filter = filter;
        this.terms = terms;
        this.receiver = receiver;
    }

    /// How a consumer takes part.
    ///
    /// @param priority higher ones are served first
    /// @param exclusive nobody else may take part
    /// @param credit what it may be given
    public record Terms(int priority, boolean exclusive, CreditPool credit) {}

    /// The consumer's end. Its methods are called on its mailbox.
    public interface Receiver {
        Mailbox mailbox();

        /// More to read and deliver.
        void assigned(List<Assignment> assignments);

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

    /// What the subscription wants: not all that is assigned need be.
    public Filter filter() {
        return filter;
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
