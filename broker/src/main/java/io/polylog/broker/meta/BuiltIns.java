package io.polylog.broker.meta;

import io.polylog.broker.ExchangeSpec;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The exchanges every namespace begins with, handed in by who knows their names.
///
/// @param exchanges how they look; the namespace in them does not count
/// @param subjectExchange the one that leads into the subject space
public record BuiltIns(List<ExchangeSpec> exchanges, String subjectExchange) {
    public BuiltIns {
        exchanges = List.copyOf(exchanges);
    }

    /// The exchanges of one namespace.
    List<ExchangeSpec> in(String namespace) {
        return exchanges.stream()
                .map(spec ->
                        new ExchangeSpec(
                                namespace,
                                spec.name(),
                                spec.kind(),
                                spec.durable(),
                                spec.autoDelete(),
                                spec.closed(),
                                spec.alternate(),
                                spec.hashOn(),
                                spec.arguments()))
                .toList();
    }

    Set<String> names() {
        return exchanges.stream().map(ExchangeSpec::name).collect(Collectors.toUnmodifiableSet());
    }
}
