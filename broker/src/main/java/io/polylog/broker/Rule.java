package io.polylog.broker;

import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Service;
import org.jspecify.annotations.Nullable;

/// What an operator says of all queues and exchanges whose names match, while it stands. Of several
/// that match, the one of the highest priority holds, and of those the first by name; one alone.
///
/// @param namespace where it holds
/// @param name its own
/// @param pattern a regular expression that is found in the names it is about
/// @param priority over others, higher first
/// @param expiry of queues, and of messages in them
/// @param limits of queues
/// @param deadLetters of queues that say nothing else, or null
/// @param filter which messages queues want that say nothing else, and what is made of them
/// @param schema which bodies queues and topics take that say nothing else, "" for any
/// @param alternate where exchanges that say nothing else send what nobody takes, or null
/// @param fairShare by which key messages of queues take turns that say nothing else and are in no
///   order by key
public record Rule(
        String namespace,
        String name,
        String pattern,
        int priority,
        Expiry expiry,
        Limits limits,
        @Nullable DeadLetters deadLetters,
        Filter filter,
        String schema,
        @Nullable String alternate,
        KeyOrder fairShare) {

    /// What a queue does under this rule: of two limits the lower one; of anything else what its
    /// declaration says, where it says something.
    public QueuePolicy over(QueuePolicy declared) {
        Limits own = declared.limits();
        Service said = declared.service();
        Service service = said.telling().isNone() ? said.sharing(fairShare) : said;
        return declared.with(
                        new Expiry(
                                lower(declared.expiry().messageMs(), expiry.messageMs()),
                                lower(declared.expiry().unusedMs(), expiry.unusedMs())))
                .with(
                        new Limits(
                                lower(own.maxCount(), limits.maxCount()),
                                lower(own.maxBytes(), limits.maxBytes()),
                                own.isNone() ? limits.overflow() : own.overflow()))
                .with(declared.deadLetters() == null ? deadLetters : declared.deadLetters())
                .with(service.filter().isPlain() ? service.with(filter) : service)
                .with(admitting(declared.admission()));
    }

    /// What a topic that is no queue does under this rule.
    public QueuePolicy overTopic(QueuePolicy declared) {
        return declared.with(admitting(declared.admission()));
    }

    private Admission admitting(Admission declared) {
        return declared.schema().isEmpty() && !schema.isEmpty() ? declared.with(schema) : declared;
    }

    private static long lower(long one, long other) {
        return one < 0 || other < 0 ? Math.max(one, other) : Math.min(one, other);
    }
}
