package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// The bindings by which topics have the last values of subjects ([Binding#LAST_VALUE]), so that
/// they are found among all others. Immutable.
///
/// @param sources what the subject exchange would lead to by them alone, by namespace
record LastValues(PMap<String, Source> sources) {
    static final LastValues NONE = new LastValues(HashTreePMap.empty());

    /// With a binding of the subject exchange.
    LastValues with(ExchangeSpec exchange, Binding binding) {
        Source there = sources.getOrDefault(binding.namespace(), Source.of(exchange));
        return new LastValues(sources.plus(binding.namespace(), there.with(binding)));
    }

    LastValues without(Binding binding) {
        Source there = sources.get(binding.namespace());
        return there == null
                ? this
                : new LastValues(sources.plus(binding.namespace(), there.without(binding)));
    }

    /// The topics of a namespace that some binding names; there may be none of a name any more.
    List<TopicName> all(String namespace) {
        Source source = sources.get(namespace);
        return source == null
                ? List.of()
                : source.bindings().stream()
                        .map(binding -> new TopicName(namespace, binding.destination()))
                        .distinct()
                        .sorted(Comparator.comparing(TopicName::name))
                        .toList();
    }

    /// Those whose bindings fit a subject.
    List<TopicName> of(String namespace, String subject) {
        Source source = sources.get(namespace);
        if (source == null) {
            return List.of();
        }
        List<TopicName> fitting = new ArrayList<>(1);
        source.matcher()
                .match(
                        new Lookup(List.of(subject), Map::of, null),
                        target -> fitting.add(new TopicName(namespace, target.name())));
        return fitting;
    }
}
