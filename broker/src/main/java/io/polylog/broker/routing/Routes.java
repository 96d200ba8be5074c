package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.Topic;
import io.polylog.broker.routing.Target.Condition;
import io.polylog.io.Entropy;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// Every topic, exchange and binding, and the routing decision over them. Immutable: a change gives
/// a new value in O(log n). Any thread.
///
/// A listed topic `T` stands in the subject space under its own name, so that a publish to the
/// subject exchange with key `T` reaches it without a binding.
public final class Routes {
    private static final String DEFAULT_EXCHANGE = "";

    private final String subjectExchange;
    private final PMap<TopicName, Topic> topics;
    private final PMap<ExchangeName, Source> sources;

    /// Bindings by their far end, to remove them with it.
    private final PMap<Far, PSet<Binding>> leading;

    private final LastValues lastValues;

    private Routes(
            String subjectExchange,
            PMap<TopicName, Topic> topics,
            PMap<ExchangeName, Source> sources,
            PMap<Far, PSet<Binding>> leading,
            LastValues lastValues) {
        this.lastValues = lastValues;
        this.subjectExchange = subjectExchange;
        this.topics = topics;
        this.sources = sources;
        this.leading = leading;
    }

    /// Nothing defined yet.
    ///
    /// @param subjectExchange the name of each namespace's exchange into the subject space
    public static Routes empty(String subjectExchange) {
        return new Routes(
                subjectExchange,
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                LastValues.NONE);
    }

    record ExchangeName(String namespace, String name) {}

    private record Far(String namespace, Target target) {}

    // Changes ----------------------------------------------------------------------------------

    public Routes withTopic(Topic topic) {
        return new Routes(
                subjectExchange,
                topics.plus(topic.spec().name(), topic),
                sources,
                leading,
                lastValues);
    }

    /// Without the topic and every binding that leads to it.
    public Routes withoutTopic(TopicName name) {
        Routes bare = withoutBindingsTo(new Far(name.namespace(), new Target(false, name.name())));
        return new Routes(
                subjectExchange, topics.minus(name), bare.sources, bare.leading, bare.lastValues);
    }

    /// With a new exchange; it must not be there yet.
    public Routes withExchange(ExchangeSpec spec) {
        ExchangeName name = new ExchangeName(spec.namespace(), spec.name());
        return new Routes(
                subjectExchange, topics, sources.plus(name, Source.of(spec)), leading, lastValues);
    }

    /// With another place for what an exchange finds no taker for; it must be there.
    public Routes withAlternate(ExchangeSpec spec, @Nullable String alternate) {
        ExchangeName name = new ExchangeName(spec.namespace(), spec.name());
        Source source = Objects.requireNonNull(sources.get(name));
        return Objects.equals(source.alternate(), alternate)
                ? this
                : new Routes(
                        subjectExchange,
                        topics,
                        sources.plus(name, source.with(alternate)),
                        leading,
                        lastValues);
    }

    /// Without the exchange and every binding from it or to it.
    public Routes withoutExchange(String namespace, String name) {
        Routes bare = withoutBindingsTo(new Far(namespace, new Target(true, name)));
        for (Binding binding : bare.bindingsFrom(namespace, name)) {
            bare = bare.withoutBinding(binding);
        }
        PMap<ExchangeName, Source> left = bare.sources.minus(new ExchangeName(namespace, name));
        return new Routes(subjectExchange, topics, left, bare.leading, bare.lastValues);
    }

    /// With a binding; its exchange must be there. An equal one has no effect.
    public Routes withBinding(Binding binding) {
        ExchangeName from = new ExchangeName(binding.namespace(), binding.exchange());
        Source source = sources.get(from);
        if (source == null) {
            throw new IllegalArgumentException("no exchange " + binding.exchange());
        }
        Far far = far(binding);
        PSet<Binding> there = leading.getOrDefault(far, HashTreePSet.empty());
        return new Routes(
                subjectExchange,
                topics,
                sources.plus(from, source.with(binding)),
                leading.plus(far, there.plus(binding)),
                isOfLastValues(binding) ? lastValues.with(source.spec(), binding) : lastValues);
    }

    /// Without a binding; no effect when it is not there.
    public Routes withoutBinding(Binding binding) {
        ExchangeName from = new ExchangeName(binding.namespace(), binding.exchange());
        Source source = sources.get(from);
        if (source == null) {
            return this;
        }
        Far far = far(binding);
        PSet<Binding> left = leading.getOrDefault(far, HashTreePSet.empty()).minus(binding);
        return new Routes(
                subjectExchange,
                topics,
                sources.plus(from, source.without(binding)),
                left.isEmpty() ? leading.minus(far) : leading.plus(far, left),
                isOfLastValues(binding) ? lastValues.without(binding) : lastValues);
    }

    private boolean isOfLastValues(Binding binding) {
        return binding.isOfLastValues() && binding.exchange().equals(subjectExchange);
    }

    private Routes withoutBindingsTo(Far far) {
        Routes bare = this;
        for (Binding binding : leading.getOrDefault(far, HashTreePSet.empty())) {
            bare = bare.withoutBinding(binding);
        }
        return bare;
    }

    private static Far far(Binding binding) {
        return new Far(
                binding.namespace(), new Target(binding.toExchange(), binding.destination()));
    }

    // What is there ----------------------------------------------------------------------------

    public @Nullable Topic topic(TopicName name) {
        return topics.get(name);
    }

    public Collection<Topic> topics() {
        return topics.values();
    }

    public @Nullable ExchangeSpec exchange(String namespace, String name) {
        Source source = sources.get(new ExchangeName(namespace, name));
        return source == null ? null : source.spec();
    }

    public Collection<ExchangeSpec> exchanges() {
        return sources.values().stream().map(Source::spec).toList();
    }

    public List<Binding> bindingsFrom(String namespace, String exchange) {
        Source source = sources.get(new ExchangeName(namespace, exchange));
        return source == null ? List.of() : List.copyOf(source.bindings());
    }

    /// Bindings that lead to this topic or queue.
    public Collection<Binding> bindingsTo(TopicName name) {
        Far far = new Far(name.namespace(), new Target(false, name.name()));
        return leading.getOrDefault(far, HashTreePSet.empty());
    }

    /// Bindings that lead to this exchange.
    public List<Binding> bindingsToExchange(String namespace, String name) {
        Far far = new Far(namespace, new Target(true, name));
        return List.copyOf(leading.getOrDefault(far, HashTreePSet.empty()));
    }

    public Collection<Binding> bindings() {
        List<Binding> all = new ArrayList<>();
        for (Source source : sources.values()) {
            all.addAll(source.bindings());
        }
        return all;
    }

    /// How many bindings of an exchange have a filter or make something of messages.
    public int conditions(String namespace, String exchange) {
        Source source = source(namespace, exchange);
        return source == null ? 0 : source.conditions().size();
    }

    /// Grows with the order in which bindings of an exchange were made that have a filter or make
    /// something of messages; 0 for others.
    public int number(Binding binding) {
        Source source = source(binding.namespace(), binding.exchange());
        Condition condition = source == null ? null : source.conditions().get(binding);
        return condition == null ? 0 : condition.number();
    }

    /// The topics that bindings into the subject space say have last values.
    public List<TopicName> lastValues(String namespace) {
        return lastValues.all(namespace);
    }

    /// Those of [#lastValues] whose bindings fit a subject.
    public List<TopicName> lastValues(String namespace, String subject) {
        return lastValues.of(namespace, subject);
    }

    // Routing ----------------------------------------------------------------------------------

    /// Where a message for `address` goes.
    ///
    /// @param entropy chooses where an exchange leaves it to chance
    /// @param screening asks bindings with a filter; null for wherever it might go
    public Route route(Address address, Entropy entropy, @Nullable Screening screening) {
        return switch (address) {
            case Address.Direct direct -> direct(direct.topic());
            case Address.Subject subject ->
                    via(
                            subject.namespace(),
                            subjectExchange,
                            byKey(subject.subject(), entropy),
                            screening);
            case Address.Via via when via.exchange().equals(DEFAULT_EXCHANGE) ->
                    toNamed(via.namespace(), keys(via));
            case Address.Via via ->
                    via(
                            via.namespace(),
                            via.exchange(),
                            new Lookup(keys(via), via.metadata(), entropy),
                            screening);
        };
    }

    /// Whether what is published on a subject reaches a queue or topic, or might.
    public boolean leadsAnywhere(String namespace, String subject) {
        Lookup message = byKey(subject, null);
        return entersAnything(namespace, message)
                && !via(namespace, subjectExchange, message, null).targets().isEmpty();
    }

    /// Whether there is a way from the subject space for a message, wherever it leads. Asked for
    /// each answer to a publish: seldom is there one.
    private boolean entersAnything(String namespace, Lookup message) {
        Source source = sources.get(new ExchangeName(namespace, subjectExchange));
        if (source == null) {
            return false;
        }
        boolean[] matched = {source.alternate() != null};
        source.matcher().match(message, _ -> matched[0] = true);
        return matched[0]
                || topics.containsKey(new TopicName(namespace, message.keys().getFirst()));
    }

    private static List<String> keys(Address.Via via) {
        Copies copies = via.copies();
        if (copies.isEmpty()) {
            return List.of(via.routingKey());
        }
        List<String> keys = new ArrayList<>();
        keys.add(via.routingKey());
        keys.addAll(copies.open());
        keys.addAll(copies.blind());
        return keys;
    }

    private static Lookup byKey(String key, @Nullable Entropy entropy) {
        return new Lookup(List.of(key), Map::of, entropy);
    }

    /// Each key names a topic or queue.
    private Route toNamed(String namespace, List<String> keys) {
        List<Topic> targets =
                keys.stream()
                        .filter(key -> !key.isEmpty())
                        .map(key -> topics.get(new TopicName(namespace, key)))
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList();
        return new Route(Route.Found.ROUTED, targets);
    }

    /// Where a producer's batch for a topic, or a record of it, goes beside the topic itself: to
    /// what its name, as a subject, is bound to.
    ///
    /// @param entropy chooses where an exchange leaves it to chance; null for all that it might
    ///   choose
    /// @param screening asks bindings with a filter; null for wherever it might go
    public Route beside(Topic topic, @Nullable Entropy entropy, @Nullable Screening screening) {
        TopicName name = topic.spec().name();
        return topic.spec().lifetime().listed()
                ? via(name.namespace(), subjectExchange, byKey(name.name(), entropy), screening)
                        .without(topic)
                : Route.NOWHERE;
    }

    /// What a producer's batch for a topic has as a subject.
    public Subjects subjects(Topic topic) {
        TopicName name = topic.spec().name();
        return topic.spec().lifetime().listed()
                ? new Subjects(name.namespace(), List.of(name.name()))
                : Subjects.NONE;
    }

    /// Whether a producer's batch for `topic` may reach more than it.
    public boolean mayReachBeside(Topic topic) {
        return !beside(topic, null, null).targets().isEmpty();
    }

    private Route direct(TopicName name) {
        Topic topic = topics.get(name);
        return new Route(Route.Found.ROUTED, topic == null ? List.of() : List.of(topic));
    }

    private Route via(
            String namespace, String exchange, Lookup message, @Nullable Screening screening) {
        Source source = source(namespace, exchange);
        if (source == null) {
            return Route.NOT_FOUND;
        }
        return source.spec().closed()
                ? Route.CLOSED
                : new Walk(this, namespace, screening).from(exchange, message);
    }

    // For a walk -------------------------------------------------------------------------------

    @Nullable Source source(String namespace, String exchange) {
        return sources.get(new ExchangeName(namespace, exchange));
    }

    String subjectExchange() {
        return subjectExchange;
    }
}
