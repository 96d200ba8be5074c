package io.polylog.protocol.kafka;

import io.polylog.broker.Binding;
import io.polylog.broker.Definitions;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Definitions that know topics only.
record FakeDefinitions(long version, Map<TopicName, Topic> byName) implements Definitions {
    @Override
    public Topic topic(TopicName name) {
        return byName.get(name);
    }

    @Override
    public Topic topic(UUID id) {
        return byName.values().stream().filter(t -> t.id().equals(id)).findAny().orElse(null);
    }

    @Override
    public Collection<Topic> topics() {
        return byName.values();
    }

    @Override
    public ExchangeSpec exchange(String namespace, String name) {
        return null;
    }

    @Override
    public Collection<ExchangeSpec> exchanges() {
        return List.of();
    }

    @Override
    public String subjectExchange() {
        return "subjects";
    }

    @Override
    public List<Binding> bindingsFrom(String namespace, String exchange) {
        return List.of();
    }

    @Override
    public Collection<Binding> bindings() {
        return List.of();
    }

    @Override
    public List<Rule> standingRules() {
        return List.of();
    }

    @Override
    public List<TopicName> lastValues(String namespace) {
        return List.of();
    }

    @Override
    public TopicName lastValue(String namespace, String subject) {
        return null;
    }

    @Override
    public boolean namespaceExists(String namespace) {
        return namespace.equals(TopicName.DEFAULT_NAMESPACE);
    }
}
