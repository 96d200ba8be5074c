package io.polylog.broker.core;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.broker.filter.Judgement;
import io.polylog.broker.filter.MessageFilter;
import io.polylog.broker.filter.Transformation;
import io.polylog.broker.filter.Transformation.Made;
import io.polylog.broker.filter.Verdict;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.Sifting.Left;
import io.polylog.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks a filter for each message of stored records, and gathers what is not wanted and what is to
/// be rejected because the filter failed. Used by one thread.
final class Sieve {
    private final MessageFilter filter;
    private final @Nullable Transformation transformation;
    private final OpenedRecord record;
    private final boolean durable;
    private final Removals removals;
    private List<Assignment> unwanted = new ArrayList<>();
    private List<Assignment> rejected = new ArrayList<>();

    /// Of what was asked about last.
    private Verdict verdict = Verdict.DELIVER;

    /// Why the filter failed for the first that is rejected.
    private String error = "";

    /// @param durable whether the messages are in what survives the process
    /// @param transformation what is made of a message before it is delivered; null for nothing
    /// @param removals counts what the filter cannot be evaluated for
    Sieve(
            MessageFilter filter,
            @Nullable Transformation transformation,
            OpenedRecord record,
            boolean durable,
            Removals removals) {
        this.filter = filter;
        this.transformation = transformation;
        this.record = record;
        this.durable = durable;
        this.removals = removals;
    }

    /// Whether a message of a record is wanted. What cannot be opened is, so that somebody is told.
    ///
    /// @param content of the record
    /// @param place of the message in it, from 0
    boolean wants(Content content, int place) {
        Metadata message = record.message(content, place);
        if (message == null) {
            return true;
        }
        judged(filter.judge(message, durable));
        return verdict == Verdict.DELIVER;
    }

    /// What is delivered instead of a message that is wanted: a record of it alone. Null where
    /// nothing is.
    ///
    /// @param given the delivery of the message as it is stored
    @Nullable Delivery shown(Delivery given) {
        if (transformation == null) {
            return given;
        }
        Content content = given.content();
        Message message = record.whole(content, given.indexInRecord());
        if (message == null) {
            return given;
        }
        Made made = transformation.of(message);
        judged(made.judgement());
        if (verdict != Verdict.DELIVER) {
            return null;
        }
        Message shown = made.message();
        return shown == null
                ? given
                : given.alone(NeutralMessages.content(content.envelope(), shown));
    }

    private void judged(Judgement judgement) {
        verdict = judgement.verdict();
        if (judgement.failed()) {
            removals.filterFailed(verdict);
            error = error.isEmpty() ? judgement.error() : error;
        }
    }

    /// The message that was asked about last is not wanted.
    void unwanted(long offset, int attempt) {
        List<Assignment> all = verdict == Verdict.DEAD_LETTER ? rejected : unwanted;
        Assignment last = all.isEmpty() ? null : all.getLast();
        if (last != null && last.end() == offset && last.attempt() == attempt) {
            all.set(all.size() - 1, new Assignment(last.first(), offset + 1, attempt, false));
        } else {
            all.add(new Assignment(offset, offset + 1, attempt, false));
        }
    }

    /// What leaves, since this was last asked; and forgets what was read.
    Left takeLeft() {
        Left left = new Left(unwanted, rejected, error);
        if (!left.isNothing()) {
            unwanted = new ArrayList<>();
            rejected = new ArrayList<>();
        }
        error = "";
        forget();
        return left;
    }

    /// Forgets what was read.
    void forget() {
        record.forget();
    }
}
