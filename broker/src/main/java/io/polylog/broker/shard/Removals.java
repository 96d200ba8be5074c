package io.polylog.broker.shard;

import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.filter.Verdict;
import io.polylog.metrics.Counter;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// Counts messages that left a topic or queue, came back to it or never were in it, by cause: since
/// the start, not over restarts, and never while a log is replayed. Any thread.
public final class Removals {
    private final Counter settled;
    private final Counter rejected;
    private final Counter overflowed;
    private final Counter exhausted;
    private final Counter filtered;
    private final Counter expired;
    private final Counter oversize;
    private final Counter deleted;
    private final Counter purged;
    private final Counter superseded;
    private final Counter moved;
    private final Counter discarded;
    private final Counter released;
    private final Counter lost;
    private final Counter timedOut;
    private final Counter reset;
    private final Counter cancelled;

    /// Of what queues kept that was settled.
    private final Map<Cause, Counter> forgotten = new EnumMap<>(Cause.class);

    private final Map<DeadLetterFate, Counter> deadLetters = new EnumMap<>(DeadLetterFate.class);
    private final Map<ReplayFate, Counter> replays = new EnumMap<>(ReplayFate.class);

    private final Map<NotStored, Counter> notStored = new EnumMap<>(NotStored.class);

    /// Messages a filter could not be evaluated for, by what became of them.
    private final Map<Verdict, Counter> filterFailures = new EnumMap<>(Verdict.class);

    /// What became of a dead letter.
    public enum DeadLetterFate {
        /// It is where its queue sends its dead letters.
        MOVED,
        /// Nobody is there to take it.
        UNROUTABLE,
        /// It came from where it would have gone to.
        CIRCULAR,
        /// It cannot be read.
        DAMAGED
    }

    /// What became of a message that an operator sent on.
    public enum ReplayFate {
        /// It is where it was to go.
        MOVED,
        /// It was replaced in its queue by what the operator made of it.
        EDITED,
        /// Nobody was there to take it: it is back at the end of its queue.
        RETURNED,
        /// It cannot be read.
        DAMAGED
    }

    public Removals(Metrics metrics) {
        settled = counter(metrics, "settled");
        rejected = counter(metrics, "rejected");
        overflowed = counter(metrics, "length");
        exhausted = counter(metrics, "attempts");
        filtered = counter(metrics, "filtered");
        expired = counter(metrics, "expired");
        oversize = counter(metrics, "size");
        deleted = counter(metrics, "deleted");
        purged = counter(metrics, "purged");
        superseded = counter(metrics, "superseded");
        cancelled = counter(metrics, "cancelled");
        moved = counter(metrics, "moved");
        discarded = counter(metrics, "discarded");
        for (DeadLetterFate fate : DeadLetterFate.values()) {
            deadLetters.put(
                    fate,
                    metrics.counter(
                            "polylog.messages.dead",
                            "Dead letters: moved to where their queue sends them, or dropped:"
                                    + " unroutable, circular (they came from there), damaged (they"
                                    + " cannot be read).",
                            new Label("fate", fate.name().toLowerCase(Locale.ROOT))));
        }
        for (Cause cause : Cause.values()) {
            forgotten.put(
                    cause,
                    metrics.counter(
                            "polylog.messages.forgotten",
                            "Settled messages that their queue had kept and keeps no longer:"
                                    + " expired (older than it keeps them), size (more than it"
                                    + " keeps), deleted or purged on request.",
                            new Label("cause", name(cause))));
        }
        for (NotStored why : NotStored.values()) {
            notStored.put(why, refused(metrics, why));
        }
        for (ReplayFate fate : ReplayFate.values()) {
            replays.put(
                    fate,
                    metrics.counter(
                            "polylog.messages.replayed",
                            "Messages that an operator sent on: moved, edited (replaced in their"
                                + " queue), returned (nobody was there to take them), damaged (they"
                                + " cannot be read).",
                            new Label("fate", fate.name().toLowerCase(Locale.ROOT))));
        }
        for (Verdict fate : Verdict.values()) {
            filterFailures.put(
                    fate,
                    metrics.counter(
                            "polylog.filter.failures",
                            "Messages for which a filter in CEL could not be evaluated, by what"
                                    + " became of them: skip (as if not wanted), deliver,"
                                    + " dead_letter (rejected).",
                            new Label("fate", fate.name().toLowerCase(Locale.ROOT))));
        }
        released = returned(metrics, "released");
        lost = returned(metrics, "lost");
        timedOut = returned(metrics, "timed_out");
        reset = returned(metrics, "reset");
    }

    private static String name(Cause cause) {
        return cause == Cause.OVERSIZE ? "size" : cause.name().toLowerCase(Locale.ROOT);
    }

    private static Counter refused(Metrics metrics, NotStored why) {
        return metrics.counter(
                "polylog.messages.unstored",
                "Published messages that a topic or queue did not store: duplicate (their id says"
                        + " that it has them), conflict (another message is the newest than their"
                        + " sender expected), full (it holds as much as it may).",
                new Label("cause", why.name().toLowerCase(Locale.ROOT)));
    }

    private static Counter returned(Metrics metrics, String cause) {
        return metrics.counter(
                "polylog.messages.returned",
                "Deliveries that came back unsettled: released by their consumer, lost with it,"
                        + " timed_out (kept longer than may be), reset (settled, and wanted once"
                        + " more).",
                new Label("cause", cause));
    }

    private static Counter counter(Metrics metrics, String cause) {
        return metrics.counter(
                "polylog.messages.removed",
                "Messages that left a topic or queue: settled by its consumers, rejected by"
                        + " them, expired (older than it keeps them), size (more than it keeps),"
                        + " length (more than may wait), attempts (given back too often), filtered"
                        + " (not what the subscription wants), deleted"
                        + " on request or with it, purged, superseded by a newer message of their"
                        + " key, cancelled before their time had come, moved or"
                        + " discarded by an operator.",
                new Label("cause", cause));
    }

    /// A stream did not store a message that was published to it.
    void notStored(NotStored why) {
        Objects.requireNonNull(notStored.get(why)).increment();
    }

    /// Messages left a queue.
    void left(Outcome outcome, long count) {
        switch (outcome) {
            case ACCEPTED -> settled.add(count);
            case REJECTED -> rejected.add(count);
            case PURGED -> purged.add(count);
            case EXPIRED -> expired.add(count);
            case OVERFLOWED -> overflowed.add(count);
            case EXHAUSTED -> exhausted.add(count);
            case CANCELLED -> cancelled.add(count);
            case MOVED -> moved.add(count);
            case DISCARDED -> discarded.add(count);
            case FILTERED -> filtered.add(count);
            case RELEASED, LOST, TIMED_OUT -> {}
        }
    }

    /// Deliveries came back.
    void returned(Outcome outcome, long count) {
        switch (outcome) {
            case RELEASED -> released.add(count);
            case LOST -> lost.add(count);
            case TIMED_OUT -> timedOut.add(count);
            case ACCEPTED,
                    REJECTED,
                    PURGED,
                    EXPIRED,
                    OVERFLOWED,
                    EXHAUSTED,
                    CANCELLED,
                    MOVED,
                    DISCARDED,
                    FILTERED -> {}
        }
    }

    /// A subscription is owed again what it has settled.
    void reset(long count) {
        reset.add(count);
    }

    /// A queue or topic went with what it held.
    void deleted(long count) {
        deleted.add(count);
    }

    /// A newer message of the same key took the place of others.
    void superseded(long count) {
        superseded.add(count);
    }

    /// Dead letters were moved to where their queue sends them.
    public void deadLetters(DeadLetterFate fate, long count) {
        Objects.requireNonNull(deadLetters.get(fate)).add(count);
    }

    /// Messages were sent on by an operator.
    public void replayed(ReplayFate fate, long count) {
        Objects.requireNonNull(replays.get(fate)).add(count);
    }

    /// A filter could not be evaluated for a message.
    ///
    /// @param fate what becomes of it
    public void filterFailed(Verdict fate) {
        Objects.requireNonNull(filterFailures.get(fate)).increment();
    }

    /// A queue keeps settled messages no longer.
    void forgotten(Cause cause, long count) {
        Objects.requireNonNull(forgotten.get(cause)).add(count);
    }

    /// The oldest messages of a topic went.
    void trimmed(Cause cause, long count) {
        switch (cause) {
            case DELETED -> deleted.add(count);
            case PURGED -> purged.add(count);
            case EXPIRED -> expired.add(count);
            case OVERSIZE -> oversize.add(count);
        }
    }
}
