package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.Topic;
import io.polylog.broker.Trail;
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
        DeadLetters rule = owner.policy().deadLetters();
        if (rule == null) { // no longer, since it died
            removals.deadLetters(DeadLetterFate.UNROUTABLE, 1);
            return null;
        }
        TopicName queue = owner.spec().name();
        Origin published = origin(stored, queue.name());
        Content content = StoredContent.content(stored);
        Trail before = content.envelope().trail();
        Trail died =
                (before == null ? new Trail(published) : before)
                        .died(
                                queue.name(),
                                death.cause(),
                                death.error(),
                                timeMs,
                                content.envelope().timeToLiveMs());
        Origin next = next(rule, died.origin());
        Address address =
                new Address.Via(
                        queue.namespace(),
                        next.exchange(),
                        next.keys().getFirst(),
                        new Copies(next.keys().subList(1, next.keys().size()), next.blind()),
                        core.metadata(content));
        RoutePlan plan =
                new RoutePlan(
                        core.catalog().routes().route(address, core.entropy()), stored.offset());
        RoutePlan open = plan.without(topic -> died.circlesTo(topic.spec().name().name()));
        if (open.isEmpty() && open.audience(core.listeners(), LiveTable.NOBODY).isEmpty()) {
            boolean circular = !plan.isEmpty();
            removals.deadLetters(circular ? DeadLetterFate.CIRCULAR : DeadLetterFate.UNROUTABLE, 1);
            return null;
        }
        removals.deadLetters(DeadLetterFate.MOVED, 1);
        Trail sent = died.sentTo(next, rule.routingKey() != null);
        Content letter =
                new Content(content.encoding(), content.envelope().along(sent), content.bytes());
        return new Passage(letter, address, open);
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
            return new Passage(
                    content,
                    back,
                    new RoutePlan(
                            core.catalog().routes().route(back, core.entropy()), stored.offset()));
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

    private static Origin next(DeadLetters rule, Origin before) {
        String key = rule.routingKey();
        return key == null
                ? new Origin(rule.exchange(), before.keys(), before.blind())
                : Origin.of(rule.exchange(), key);
    }
}
