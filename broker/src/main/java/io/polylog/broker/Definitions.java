package io.polylog.broker;

import io.polylog.message.TopicName;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// An immutable view of everything defined. Any thread.
public interface Definitions {
    /// Grows with each change.
    long version();

    @Nullable Topic topic(TopicName name);

    @Nullable Topic topic(UUID id);

    Collection<Topic> topics();

    @Nullable ExchangeSpec exchange(String namespace, String name);

    Collection<ExchangeSpec> exchanges();

    /// The exchange of each namespace that leads into its subject space.
    String subjectExchange();

    /// Bindings whose source is this exchange.
    List<Binding> bindingsFrom(String namespace, String exchange);

    Collection<Binding> bindings();

    /// The topics of a namespace that have the last value of each subject that some binding from
    /// the subject exchange leads to them ([Binding#LAST_VALUE]): they keep the newest of each, and
    /// know it by an index. Whoever asks for the last message of such a subject is to find it
    /// there.
    List<TopicName> lastValues(String namespace);

    /// That of [#lastValues] which has a subject's, or null.
    @Nullable TopicName lastValue(String namespace, String subject);

    boolean namespaceExists(String namespace);

    /// What operators say of queues and exchanges by their names, in the order in which it holds.
    List<Rule> standingRules();
}
