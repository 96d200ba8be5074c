package io.polylog.broker.proof;

import io.polylog.broker.Delivery;
import org.jspecify.annotations.Nullable;

/// One message in one subscription, as the model knows it.
final class Owed {
    /// What is known of its being there.
    enum Presence {
        /// It may be there: its publish is not answered, or was answered with "not known".
        PERHAPS,
        /// It is there until settled.
        SURE,
        /// It was refused and must never come.
        NEVER
    }

    /// What is known of its settlement.
    enum Settled {
        NO,
        /// Asked for and not answered.
        ASKED,
        /// Asked for, and nobody can say.
        PERHAPS,
        /// It is gone for ever.
        YES
    }

    final String key;
    final String sender;
    final long sequence;
    final int sentInLife;
    Presence presence = Presence.PERHAPS;
    Settled settled = Settled.NO;
    private boolean delivered;
    private @Nullable Object holder;
    private long place = -1;

    /// The attempt it stands at is one of these or between.
    private int lowestAttempt;

    private int highestAttempt;
    private int raisedInLife = -1;

    Owed(String key, String sender, long sequence, int sentInLife) {
        this.key = key;
        this.sender = sender;
        this.sequence = sequence;
        this.sentInLife = sentInLife;
    }

    /// Where and when a delivery happens.
    ///
    /// @param life which life of the process it is
    /// @param strict whether the engine leads all the time, so that nothing is left open
    record Moment(int life, boolean strict) {}

    /// A delivery of it has come to somebody.
    void deliveredTo(Object newHolder, Delivery delivery, long newPlace, Moment now) {
        int attempt = delivery.attempt();
        check(presence != Presence.NEVER, "was refused, and is delivered", delivery);
        check(settled != Settled.YES, "was settled, and is delivered again", delivery);
        check(place < 0 || place == newPlace, "changed its offset", delivery);
        check(
                attempt >= lowestAttempt && attempt <= highestAttempt,
                "comes with a wrong attempt",
                delivery);
        check(!delivered || delivery.redelivered(), "comes again without its flag", delivery);
        if (now.strict) {
            checkStrictly(delivery, now);
            highestAttempt = attempt;
        }
        holder = newHolder;
        delivered = true;
        place = newPlace;
        lowestAttempt = attempt;
    }

    private void checkStrictly(Delivery delivery, Moment now) {
        check(settled != Settled.ASKED, "is being settled, and is delivered again", delivery);
        check(holder == null, "is delivered twice at once", delivery);
        check(
                raisedInLife != now.life || delivery.attempt() == highestAttempt,
                "forgot an attempt",
                delivery);
        boolean first = !delivered && sentInLife == now.life;
        check(!first || !delivery.redelivered(), "comes first, yet flagged", delivery);
    }

    private void check(boolean right, String what, Delivery delivery) {
        if (!right) {
            throw new Violation(this + " " + what + ": " + described(delivery));
        }
    }

    private static String described(Delivery delivery) {
        return delivery.topic()
                + "@"
                + delivery.offset()
                + " attempt "
                + delivery.attempt()
                + (delivery.redelivered() ? " redelivered" : "");
    }

    boolean isHeld() {
        return holder != null;
    }

    /// The process has died.
    void processDied() {
        holder = null;
        if (settled == Settled.ASKED) {
            settled = Settled.PERHAPS;
        }
    }

    /// Its holder asks to settle it.
    void asked() {
        holder = null;
        settled = settled == Settled.NO ? Settled.ASKED : settled;
    }

    /// What became of the asking.
    void answered(boolean done) {
        if (done) {
            settled = Settled.YES;
        } else if (settled != Settled.YES) {
            settled = Settled.PERHAPS;
        }
    }

    /// Its holder gave it back or went away: the attempt is raised, sooner or later.
    void givenBack(int life) {
        holder = null;
        highestAttempt++;
        raisedInLife = life;
    }

    /// Its being given back is durable.
    void knownGivenBack(int fromAttempt) {
        lowestAttempt = Math.max(lowestAttempt, fromAttempt + 1);
    }

    /// It may be gone, without anybody's settling it.
    void mayBeGone() {
        if (settled == Settled.NO || settled == Settled.ASKED) {
            settled = Settled.PERHAPS;
        }
    }

    void stored(boolean sure) {
        if (sure && presence == Presence.PERHAPS) {
            presence = Presence.SURE;
        }
    }

    void refused() {
        if (presence == Presence.PERHAPS) {
            presence = Presence.NEVER;
        }
    }

    /// Whether it must be found at the end.
    boolean isOwed() {
        return presence == Presence.SURE && settled == Settled.NO;
    }

    @Override
    public String toString() {
        return "'"
                + key
                + "' of "
                + sender
                + "#"
                + sequence
                + " (there: "
                + presence
                + ", settled: "
                + settled
                + ", attempt "
                + lowestAttempt
                + " to "
                + highestAttempt
                + ", place "
                + place
                + ")";
    }
}
