package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.RelocateCommand.Relocation;
import io.polylog.broker.live.LiveTable;
import io.polylog.broker.shard.Errand;
import io.polylog.broker.shard.Outgoing;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.Removals.DeadLetterFate;
import io.polylog.broker.shard.Removals.ReplayFate;
import io.polylog.log.RecordStore.StoredRecord;
import io.polylog.message.TopicName;
import org.jspecify.annotations.Nullable;

/// Decides what becomes of messages that leave their queue for elsewhere, and counts it. On the
/// timer's thread.
final class Passages {
    private final Core core;
    private final Removals removals;

    Passages(Core core, Removals removals) {
        this.core = core;
        this.removals = removals;
    }

    /// A message on its way.
    ///
    /// @param content what is stored at its targets
    /// @param address what it is published to
    /// @param plan its targets
    record Passage(Content content, Address address, RoutePlan plan) {}

    /// What cannot be read goes nowhere.
    void damaged(Errand errand, long count) {
        switch (errand) {
            case Errand.Died _ -> removals.deadLetters(DeadLetterFate.DAMAGED, count);
            case Errand.Sent _ -> removals.replayed(ReplayFate.DAMAGED, count);
        }
    }

    /// The way of a message; null when it ends here.
    @Nullable Passage of(Topic owner, Outgoing run, StoredRecord stored) {
        return switch (run.errand()) {
            case Errand.Died death -> died(owner, death, run.timeMs(), stored);
            case Errand.Sent(Relocation where) -> sent(owner, where, run.timeMs(), stored);
        };
    }

    private @Nullable Passage died(
            Topic owner, Errand.Died death, long timeMs, StoredRecord stored) {
        TopicName queue = owner.spec().name();
        Origin published = origin(stored, queue.name());
        Content content = StoredContent.content(stored);
        DeadLetter letter =
                DeadLetter.of(
                        core,
                        owner,
                        new DeadLetter.Death(death.cause(), death.error(), timeMs),
                        published,
                        content);
        if (letter == null) { // no place for it any longer, since it died
            removals.deadLetters(DeadLetterFate.UNROUTABLE, 1);
            return null;
        }
        RoutePlan plan = core.ways().plan(letter.address(), letter.content(), stored.offset());
        RoutePlan open = plan.without(topic -> letter.died().circlesTo(topic.spec().name().name()));
        if (open.isEmpty() && !open.isHeard(core.listeners(), LiveTable.NOBODY)) {
            boolean circular = !plan.isEmpty();
            removals.deadLetters(circular ? DeadLetterFate.CIRCULAR : DeadLetterFate.UNROUTABLE, 1);
            return null;
        }
        removals.deadLetters(DeadLetterFate.MOVED, 1);
        return new Passage(letter.content(), letter.address(), open);
    }

    /// Where nobody takes the message any more, it goes back to its queue: an operator does not
    /// lose any.
    private Passage sent(Topic owner, Relocation where, long timeMs, StoredRecord stored) {
        TopicName queue = owner.spec().name();
        Origin published = origin(stored, queue.name());
        Content content = StoredContent.content(stored);
        Onward onward = Onward.of(core, queue.namespace(), where.to(), content, stored.offset());
        if (onward == null || onward.plan().isEmpty()) { // who only listens does not keep it
            removals.replayed(ReplayFate.RETURNED, 1);
            Address back = new Address.Direct(queue, -1);
            return new Passage(content, back, core.ways().plan(back, content, stored.offset()));
        }
        removals.replayed(ReplayFate.MOVED, 1);
        Content sent = onward.content(content, published, where.by(), timeMs);
        return new Passage(sent, onward.address(), onward.plan());
    }

    /// Where a message without a trail was published to. Before its content is read.
    static Origin origin(StoredRecord stored, String queue) {
        Origin known =
                stored.type() == PublishCommand.TYPE ? PublishCommand.origin(stored.head()) : null;
        return known == null ? Origin.of("", queue) : known;
    }
}
