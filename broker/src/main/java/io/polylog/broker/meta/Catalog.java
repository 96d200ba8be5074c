package io.polylog.broker.meta;

import io.polylog.broker.Binding;
import io.polylog.broker.Definitions;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Rule;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.routing.Routes;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// Everything defined, as one immutable value: each change makes a new one that shares what it did
/// not touch. Any thread.
public final class Catalog implements Definitions {
    /// Holds the internal topics: not listed, not to be declared in.
    public static final String INTERNAL_NAMESPACE = "$internal";

    private final BuiltIns builtIns;
    private final long version;
    private final PSet<String> namespaces;
    private final Routes routes;
    private final PMap<UUID, Topic> byId;
    private final Counters counters;
    private final Rules rules;

    /// Numbers given out so far.
    ///
    /// @param nextStream serial number of the next stream
    /// @param nextProducer the next producer id
    record Counters(long nextStream, long nextProducer) {}

    private Catalog(
            BuiltIns builtIns,
            long version,
            PSet<String> namespaces,
            Routes routes,
            PMap<UUID, Topic> byId,
            Counters counters,
            Rules rules) {
        this.builtIns = builtIns;
        this.version = version;
        this.namespaces = namespaces;
        this.routes = routes;
        this.byId = byId;
        this.counters = counters;
        this.rules = rules;
    }

    /// Nothing but the default namespace.
    static Catalog empty(BuiltIns builtIns) {
        Catalog nothing =
                new Catalog(
                        builtIns,
                        0,
                        HashTreePSet.empty(),
                        Routes.empty(builtIns.subjectExchange()),
                        HashTreePMap.empty(),
                        new Counters(1, 0),
                        Rules.NONE);
        return nothing.withNamespace(TopicName.DEFAULT_NAMESPACE);
    }

    @Override
    public String subjectExchange() {
        return builtIns.subjectExchange();
    }

    // Changes ----------------------------------------------------------------------------------

    private Catalog with(Routes newRoutes, PMap<UUID, Topic> newById) {
        return new Catalog(builtIns, version + 1, namespaces, newRoutes, newById, counters, rules);
    }

    private Catalog with(Routes newRoutes) {
        return with(newRoutes, byId);
    }

    Catalog with(Counters newCounters) {
        return new Catalog(builtIns, version + 1, namespaces, routes, byId, newCounters, rules);
    }

    /// The same under another version.
    Catalog withVersion(long restored) {
        return new Catalog(builtIns, restored, namespaces, routes, byId, counters, rules);
    }

    Catalog withNamespace(String name) {
        Routes grown = routes;
        for (ExchangeSpec spec : builtIns.in(name)) {
            grown = grown.withExchange(spec);
        }
        return new Catalog(
                builtIns, version + 1, namespaces.plus(name), grown, byId, counters, rules);
    }

    Catalog withTopic(Topic topic) {
        return with(routes.withTopic(topic), byId.plus(topic.id(), topic));
    }

    Catalog withoutTopic(Topic topic) {
        return with(routes.withoutTopic(topic.spec().name()), byId.minus(topic.id()));
    }

    Catalog withExchange(ExchangeSpec spec) {
        return with(routes.withExchange(spec)).ruled(spec);
    }

    Catalog withoutExchange(ExchangeSpec spec) {
        return with(routes.withoutExchange(spec.namespace(), spec.name()));
    }

    Catalog withBinding(Binding binding) {
        return with(routes.withBinding(binding));
    }

    Catalog withoutBinding(Binding binding) {
        return with(routes.withoutBinding(binding));
    }

    // Rules ------------------------------------------------------------------------------------

    /// With other rules, which do not hold for what is there before [#ruled] is asked.
    Catalog with(Rules newRules) {
        return new Catalog(builtIns, version + 1, namespaces, routes, byId, counters, newRules);
    }

    /// A topic under the rule that holds for it.
    Topic ruled(Topic topic) {
        TopicSpec spec = topic.spec();
        TopicName name = spec.name();
        Rule rule =
                name.namespace().equals(INTERNAL_NAMESPACE)
                        ? null
                        : rules.of(name.namespace(), name.name());
        if (rule == null) {
            return topic.under(spec.policy());
        }
        boolean queue = spec.isQueue();
        return topic.under(queue ? rule.over(spec.policy()) : rule.overTopic(spec.policy()));
    }

    /// With an exchange that is there under the rule that holds for it.
    Catalog ruled(ExchangeSpec spec) {
        Rule rule = spec.alternate() == null ? rules.of(spec.namespace(), spec.name()) : null;
        String alternate = rule == null ? spec.alternate() : rule.alternate();
        Routes changed = routes.withAlternate(spec, alternate);
        return changed == routes ? this : with(changed);
    }

    Rules rules() {
        return rules;
    }

    @Override
    public List<Rule> standingRules() {
        return rules.list();
    }

    // What is there ----------------------------------------------------------------------------

    public Routes routes() {
        return routes;
    }

    Counters counters() {
        return counters;
    }

    PSet<String> namespaces() {
        return namespaces;
    }

    Collection<Topic> allTopics() {
        return byId.values();
    }

    /// Every topic, the internal ones too.
    public Iterable<Topic> everyTopic() {
        return byId.values();
    }

    public boolean isBuiltIn(ExchangeSpec spec) {
        return builtIns.names().contains(spec.name());
    }

    /// Everything as text: equal for equal catalogs.
    public String dump() {
        List<String> lines = new ArrayList<>();
        namespaces.forEach(name -> lines.add("namespace " + name));
        byId.values().forEach(topic -> lines.add(topic.toString()));
        exchanges().forEach(exchange -> lines.add(exchange.toString()));
        bindings().forEach(binding -> lines.add(binding.toString()));
        rules.list().forEach(rule -> lines.add(rule.toString()));
        lines.sort(null);
        return version + " " + counters + "\n" + String.join("\n", lines);
    }

    @Override
    public long version() {
        return version;
    }

    @Override
    public @Nullable Topic topic(TopicName name) {
        return routes.topic(name);
    }

    @Override
    public @Nullable Topic topic(UUID id) {
        return byId.get(id);
    }

    @Override
    public Collection<Topic> topics() {
        return byId.values().stream()
                .filter(topic -> !topic.spec().name().namespace().equals(INTERNAL_NAMESPACE))
                .toList();
    }

    @Override
    public @Nullable ExchangeSpec exchange(String namespace, String name) {
        return routes.exchange(namespace, name);
    }

    @Override
    public Collection<ExchangeSpec> exchanges() {
        return routes.exchanges();
    }

    @Override
    public List<Binding> bindingsFrom(String namespace, String exchange) {
        return routes.bindingsFrom(namespace, exchange);
    }

    @Override
    public Collection<Binding> bindings() {
        return routes.bindings();
    }

    @Override
    public List<TopicName> lastValues(String namespace) {
        return routes.lastValues(namespace).stream().filter(this::hasLastValues).toList();
    }

    @Override
    public @Nullable TopicName lastValue(String namespace, String subject) {
        return routes.lastValues(namespace, subject).stream()
                .filter(this::hasLastValues)
                .min(Comparator.comparing(TopicName::name))
                .orElse(null);
    }

    private boolean hasLastValues(TopicName name) {
        Topic topic = topic(name);
        return topic != null && topic.spec().retention().perSubject().keepsNewest();
    }

    @Override
    public boolean namespaceExists(String namespace) {
        return namespaces.contains(namespace);
    }

    /// Whether a batch for this topic is stored opened into messages somewhere.
    public boolean storesOpened(Topic topic) {
        return topic.spec().form() == TopicSpec.Form.MESSAGES
                || !topic.policy().admission().schema().isEmpty()
                || routes.mayReachBeside(topic);
    }
}
