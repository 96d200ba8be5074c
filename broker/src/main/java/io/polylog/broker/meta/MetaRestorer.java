package io.polylog.broker.meta;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.RuleCommand;
import io.polylog.broker.command.Specs;
import io.polylog.broker.machine.Cells;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Puts a catalog together again from its cells, which come in any order.
final class MetaRestorer {
    private final List<String> namespaces = new ArrayList<>();
    private final List<Topic> topics = new ArrayList<>();
    private final List<ExchangeSpec> exchanges = new ArrayList<>();
    private final List<Binding> bindings = new ArrayList<>();
    private final List<Filtered> filtered = new ArrayList<>();
    private final List<Rule> rules = new ArrayList<>();
    private long version;
    private Catalog.Counters counters = new Catalog.Counters(1, 0);

    /// A binding with a filter.
    ///
    /// @param number grows with the order in which those of an exchange were made
    private record Filtered(int number, Binding binding) {}

    void restore(ByteBuffer cell) {
        Cells.restore(cell, this::piece);
    }

    private void piece(int kind, HeadReader in) {
        switch (kind) {
            case MetaSnapshot.COUNTERS -> {
                version = in.number();
                counters = new Catalog.Counters(in.number(), in.number());
            }
            case MetaSnapshot.NAMESPACE -> namespaces.add(in.text());
            case MetaSnapshot.TOPIC -> topics.add(Specs.topic(in));
            case MetaSnapshot.EXCHANGE -> exchanges.add(Specs.exchange(in));
            case MetaSnapshot.BINDING -> bindings.add(Specs.binding(in, false));
            case MetaSnapshot.FILTERED_BINDING ->
                    filtered.add(new Filtered(in.integer(), Specs.binding(in, true)));
            case MetaSnapshot.RULE -> rules.add(RuleCommand.rule(in));
            default -> throw new IllegalStateException("definitions cell of unknown kind " + kind);
        }
    }

    Catalog finish(Catalog empty) {
        Catalog catalog = empty;
        for (String namespace : namespaces) {
            catalog = catalog.withNamespace(namespace);
        }
        for (Rule rule : rules) {
            catalog = catalog.with(catalog.rules().with(rule));
        }
        for (Topic topic : topics) {
            catalog = catalog.withTopic(catalog.ruled(topic));
        }
        for (ExchangeSpec exchange : exchanges) {
            catalog = catalog.withExchange(exchange);
        }
        for (Binding binding : bindings) {
            catalog = catalog.withBinding(binding);
        }
        filtered.sort(Comparator.comparingInt(Filtered::number));
        for (Filtered each : filtered) {
            catalog = catalog.withBinding(each.binding);
        }
        return catalog.with(counters).withVersion(version);
    }
}
