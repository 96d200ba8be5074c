package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.Topic;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Origin;
import io.polylog.message.TopicName;
import org.jspecify.annotations.Nullable;

/// A message as it leaves its queue for the dead letters.
///
/// @param content what is stored of it, with its way until here
/// @param address what it is published to
/// @param died its way with this death, before it is sent on
record DeadLetter(Content content, Address address, Trail died) {
    /// Why a message dies.
    ///
    /// @param error what was said last of why it was not dealt with, "" for nothing
    /// @param timeMs when, milliseconds since 1970
    record Death(Cause cause, String error, long timeMs) {}

    /// The dead letter that a message becomes; null where its queue has no place for those.
    ///
    /// @param published where the message was published to, if nothing is known of its way
    static @Nullable DeadLetter of(
            Core core, Topic owner, Death death, Origin published, Content content) {
        DeadLetters rule = owner.policy().deadLetters();
        if (rule == null) {
            return null;
        }
        TopicName queue = owner.spec().name();
        Trail before = content.envelope().trail();
        Trail died =
                (before == null ? new Trail(published) : before)
                        .died(
                                queue.name(),
                                death.cause,
                                death.error,
                                death.timeMs,
                                content.envelope().timeToLiveMs());
        Origin next = next(rule, died.origin());
        Address address =
                new Address.Via(
                        queue.namespace(),
                        next.exchange(),
                        next.keys().getFirst(),
                        new Copies(next.keys().subList(1, next.keys().size()), next.blind()),
                        core.metadata(content));
        Trail sent = died.sentTo(next, rule.routingKey() != null);
        Content letter =
                new Content(content.encoding(), content.envelope().along(sent), content.bytes());
        return new DeadLetter(letter, address, died);
    }

    private static Origin next(DeadLetters rule, Origin before) {
        String key = rule.routingKey();
        return key == null
                ? new Origin(rule.exchange(), before.keys(), before.blind())
                : Origin.of(rule.exchange(), key);
    }
}
