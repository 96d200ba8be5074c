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

    boolean namespaceExists(String namespace);

    /// What operators say of queues and exchanges by their names, in the order in which it holds.
    List<Rule> standingRules();
}
