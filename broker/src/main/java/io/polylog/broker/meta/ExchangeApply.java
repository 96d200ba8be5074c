package io.polylog.broker.meta;

import io.polylog.broker.Binding;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Topic;
import io.polylog.broker.command.BindCommand;
import io.polylog.broker.command.DeclareExchangeCommand;
import io.polylog.broker.command.DeleteExchangeCommand;
import io.polylog.broker.machine.Result.Failed;
import io.polylog.broker.machine.Result.Value;
import io.polylog.broker.meta.TopicApply.Change;
import io.polylog.broker.routing.Weights;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Applies commands about exchanges and bindings to a catalog. Pure functions.
final class ExchangeApply {
    /// Bindings of an exchange that ask about messages: what a message may cost is bounded by it.
    private static final int MOST_CONDITIONS = 1_000;

    private ExchangeApply() {}

    static Change declare(Catalog catalog, DeclareExchangeCommand command) {
        ExchangeSpec spec = command.spec();
        if (!catalog.namespaceExists(spec.namespace())) {
            return failed(catalog, Kind.NOT_FOUND, "no namespace " + spec.namespace());
        }
        ExchangeSpec there = catalog.exchange(spec.namespace(), spec.name());
        if (there == null) {
            return Change.none(catalog.withExchange(spec), new Value(spec));
        }
        return there.equals(spec)
                ? Change.none(catalog, new Value(there))
                : failed(
                        catalog,
                        Kind.CONFLICT,
                        "exchange '" + spec.name() + "' exists with other properties");
    }

    static Change delete(Catalog catalog, DeleteExchangeCommand command) {
        ExchangeSpec there = catalog.exchange(command.namespace(), command.name());
        if (there == null) {
            return failed(catalog, Kind.NOT_FOUND, "no exchange '" + command.name() + "'");
        }
        if (catalog.isBuiltIn(there)) {
            return failed(catalog, Kind.INVALID, "'" + there.name() + "' is built in");
        }
        List<Binding> from = catalog.bindingsFrom(there.namespace(), there.name());
        if (command.ifUnused() && !from.isEmpty()) {
            return failed(catalog, Kind.IN_USE, "exchange '" + there.name() + "' has bindings");
        }
        return Change.none(without(catalog, there), new Value(there));
    }

    /// Without an exchange, and without those that go because nothing is bound to them any more.
    private static Catalog without(Catalog catalog, ExchangeSpec gone) {
        List<Binding> to = new ArrayList<>();
        for (Binding binding : catalog.bindings()) {
            if (binding.toExchange()
                    && binding.namespace().equals(gone.namespace())
                    && binding.destination().equals(gone.name())) {
                to.add(binding);
            }
        }
        Catalog left = catalog.withoutExchange(gone);
        for (Binding binding : to) {
            left = dropIfUnbound(left, binding);
        }
        return left;
    }

    static Change bind(Catalog catalog, BindCommand command) {
        Binding binding = command.binding();
        String missing = missing(catalog, binding);
        if (missing != null) {
            return failed(catalog, Kind.NOT_FOUND, missing);
        }
        boolean there =
                catalog.bindingsFrom(binding.namespace(), binding.exchange()).contains(binding);
        String problem = command.add() && !there ? problem(catalog, binding) : null;
        if (problem != null) {
            return failed(catalog, Kind.INVALID, problem);
        }
        if (command.add()) {
            return Change.none(catalog.withBinding(binding), new Value(binding));
        }
        Catalog left = there ? dropIfUnbound(catalog.withoutBinding(binding), binding) : catalog;
        return Change.none(left, new Value(binding));
    }

    private static @Nullable String problem(Catalog catalog, Binding binding) {
        ExchangeSpec source = catalog.exchange(binding.namespace(), binding.exchange());
        if (source == null) {
            return null;
        }
        String problem = binding.filter().isPlain() ? null : problemOfFilter(catalog, source);
        return problem == null && source.kind() == ExchangeSpec.Kind.HASH
                ? Weights.problem(binding.key())
                : problem;
    }

    private static @Nullable String problemOfFilter(Catalog catalog, ExchangeSpec source) {
        String exchange = "exchange '" + source.name() + "'";
        return switch (source.kind()) {
            case HASH, MODULUS, RANDOM ->
                    exchange + " chooses one of its bindings: none has a filter or transformation";
            case DIRECT, FANOUT, TOPIC, HEADERS -> {
                int there = catalog.routes().conditions(source.namespace(), source.name());
                yield there < MOST_CONDITIONS
                        ? null
                        : "%s has %d bindings with a filter or transformation, and may have no more"
                                .formatted(exchange, there);
            }
        };
    }

    private static @Nullable String missing(Catalog catalog, Binding binding) {
        String namespace = binding.namespace();
        if (catalog.exchange(namespace, binding.exchange()) == null) {
            return "no exchange '" + binding.exchange() + "'";
        }
        String to = binding.destination();
        if (binding.toExchange()) {
            return catalog.exchange(namespace, to) == null ? "no exchange '" + to + "'" : null;
        }
        return to.isEmpty() || catalog.topic(new TopicName(namespace, to)) == null
                ? "no queue or topic '" + to + "'"
                : null;
    }

    /// After the bindings to a topic went with it: exchanges that had only those may go too.
    static Catalog dropUnbound(Catalog before, Catalog after, Topic gone) {
        Catalog left = after;
        for (Binding binding : before.routes().bindingsTo(gone.spec().name())) {
            left = dropIfUnbound(left, binding);
        }
        return left;
    }

    private static Catalog dropIfUnbound(Catalog catalog, Binding gone) {
        ExchangeSpec source = catalog.exchange(gone.namespace(), gone.exchange());
        boolean goes =
                source != null
                        && source.autoDelete()
                        && catalog.bindingsFrom(gone.namespace(), gone.exchange()).isEmpty();
        return source != null && goes ? without(catalog, source) : catalog;
    }

    static Catalog dropTransient(Catalog catalog) {
        Catalog left = catalog;
        for (ExchangeSpec spec : catalog.exchanges()) {
            boolean there = left.exchange(spec.namespace(), spec.name()) != null;
            if (there && !spec.durable() && !catalog.isBuiltIn(spec)) {
                left = without(left, spec);
            }
        }
        return left;
    }

    private static Change failed(Catalog catalog, Kind kind, String reason) {
        return Change.none(catalog, new Failed(kind, reason));
    }
}
