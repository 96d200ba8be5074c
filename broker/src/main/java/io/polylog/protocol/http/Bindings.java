package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Binding;
import io.polylog.broker.Definitions;
import io.polylog.broker.Filter;
import io.polylog.broker.Topic;
import io.polylog.http.Answers.Answer;
import io.polylog.http.Refusal;
import io.polylog.http.Status;
import io.polylog.message.TopicName;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Makes, lists and removes what leads to a queue or topic. Any thread.
final class Bindings {
    private static final int MOST_KEY_BYTES = 255;

    /// A binding to be made.
    ///
    /// @param exchange that it leads from; null for the one of the subjects
    /// @param key a subject, or a pattern of them; null for ""
    /// @param filter which messages go this way, in SQL or CEL
    /// @param transform what is made of those, as JSON
    record Order(
            @Nullable String exchange,
            @Nullable String key,
            @Nullable String filter,
            @Nullable JsonNode transform) {}

    Object put(Call call, boolean queue) {
        Order order = Places.asked(call, Order.class);
        TopicName name = Places.existing(call, queue).spec().name();
        Definitions definitions = call.session().definitions();
        String exchange = order.exchange == null ? definitions.subjectExchange() : order.exchange;
        String key = order.key == null ? "" : order.key;
        if (exchange.isEmpty()) {
            throw Json.invalid("exchange: the default exchange has no bindings");
        }
        if (key.getBytes(UTF_8).length > MOST_KEY_BYTES) {
            throw Json.invalid("key: it has %d bytes at most".formatted(MOST_KEY_BYTES));
        }
        Filter filter = Places.wanted(order.filter, order.transform);
        Binding binding =
                new Binding(name.namespace(), exchange, false, name.name(), key, Map.of(), filter);
        boolean isThere = definitions.bindingsFrom(name.namespace(), exchange).contains(binding);
        call.await(call.session().bind(binding));
        return new Answer(isThere ? Status.OK : Status.CREATED, shown(binding));
    }

    Object list(Call call, boolean queue) {
        return Map.of("bindings", leadingTo(call, queue).stream().map(Bindings::shown).toList());
    }

    Object delete(Call call, boolean queue) {
        String id = call.path("binding");
        for (Binding binding : leadingTo(call, queue)) {
            if (id(binding).equals(id)) {
                call.await(call.session().unbind(binding));
                return shown(binding);
            }
        }
        throw new Refusal(
                Status.NOT_FOUND, "NOT_FOUND", "no binding '" + id + "'", "list them with GET");
    }

    private static List<Binding> leadingTo(Call call, boolean queue) {
        Topic topic = Places.existing(call, queue);
        TopicName name = topic.spec().name();
        call.await(call.session().stats(name)); // who may not read it is told so
        return call.session().definitions().bindings().stream()
                .filter(binding ->
                        !binding.toExchange()
                                && binding.namespace().equals(name.namespace())
                                && binding.destination().equals(name.name()))
                .sorted(
                        Comparator.comparing(Binding::exchange)
                                .thenComparing(Binding::key)
                                .thenComparing(Bindings::id))
                .toList();
    }

    /// The same for equal bindings.
    private static String id(Binding binding) {
        Filter filter = binding.filter();
        List<Object> parts =
                List.of(
                        binding.exchange(),
                        binding.key(),
                        new TreeMap<>(binding.match()),
                        filter.sql(),
                        filter.transform(),
                        filter.subjects(),
                        new TreeMap<>(filter.headers()));
        return UUID.nameUUIDFromBytes(parts.toString().getBytes(UTF_8)).toString();
    }

    private static Map<String, Object> shown(Binding binding) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", id(binding));
        shown.put("exchange", binding.exchange());
        shown.put("key", binding.key());
        Filter filter = binding.filter();
        if (!filter.sql().isEmpty()) {
            shown.put("filter", filter.sql());
        }
        if (!filter.transform().isEmpty()) {
            shown.put("transform", Json.tree(filter.transform()));
        }
        return shown;
    }
}
