package io.polylog.broker.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.io.Entropy;
import io.polylog.io.SeededEntropy;
import io.polylog.message.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final String NS = TopicName.DEFAULT_NAMESPACE;

    private final Entropy entropy = new SeededEntropy(1);

    private Routes routes =
            Routes.empty("subjects")
                    .withExchange(exchange("subjects", ExchangeSpec.Kind.TOPIC, null));

    @Test
    void theDefaultExchangeAddressesAQueueByName() {
        queue("q", true);

        assertThat(reached(via("", "q"))).containsExactly("q");
        assertThat(reached(via("", "other"))).isEmpty();
    }

    @Test
    void aPublishToAMissingExchangeIsNotFoundAndToAClosedOneIsClosed() {
        ExchangeSpec open = exchange("c", ExchangeSpec.Kind.FANOUT, null);
        ExchangeSpec closed =
                new ExchangeSpec(
                        NS,
                        "c",
                        open.kind(),
                        true,
                        false,
                        true,
                        null,
                        HashOn.Known.ROUTING_KEY,
                        Map.of());
        routes = routes.withExchange(closed);

        assertThat(routes.route(via("c", "k"), entropy, null).found())
                .isEqualTo(Route.Found.CLOSED);
        assertThat(routes.route(via("none", "k"), entropy, null).found())
                .isEqualTo(Route.Found.NOT_FOUND);
    }

    @Test
    void aBindingOfTheSubjectExchangeSaysWhichTopicHasLastValues() {
        queue("t", true);
        queue("other", true);
        Map<String, @Nullable Object> says = Map.of(Binding.LAST_VALUE, true);
        Binding binding = new Binding(NS, "subjects", false, "t", "a.*", says);
        routes =
                routes.withExchange(exchange("d", ExchangeSpec.Kind.DIRECT, null))
                        .withBinding(binding)
                        .withBinding(new Binding(NS, "d", false, "other", "a.x", says));
        bind("subjects", "other", "a.*");
        TopicName t = new TopicName(NS, "t");

        assertThat(routes.lastValues(NS)).containsExactly(t);
        assertThat(routes.lastValues(NS, "a.x")).containsExactly(t);
        assertThat(routes.lastValues(NS, "b.x")).isEmpty();
        assertThat(routes.lastValues("elsewhere", "a.x")).isEmpty();
        assertThat(routes.withoutBinding(binding).lastValues(NS)).isEmpty();
        assertThat(routes.withoutTopic(t).lastValues(NS, "a.x")).isEmpty();
    }

    @Test
    void directMatchesTheKeyAndFanoutEverything() {
        queue("a", true);
        queue("b", true);
        routes =
                routes.withExchange(exchange("d", ExchangeSpec.Kind.DIRECT, null))
                        .withExchange(exchange("f", ExchangeSpec.Kind.FANOUT, null));
        bind("d", "a", "red");
        bind("d", "b", "red");
        bind("d", "b", "blue");
        bind("f", "a", "");
        bind("f", "b", "ignored");

        assertThat(reached(via("d", "red"))).containsExactlyInAnyOrder("a", "b");
        assertThat(reached(via("d", "blue"))).containsExactly("b");
        assertThat(reached(via("d", "green"))).isEmpty();
        assertThat(reached(via("f", "whatever"))).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void oneOfTwoBindingsToTheSameQueueMayGo() {
        queue("a", true);
        routes = routes.withExchange(exchange("f", ExchangeSpec.Kind.FANOUT, null));
        bind("f", "a", "1");
        bind("f", "a", "2");

        routes = routes.withoutBinding(binding("f", "a", "1"));
        assertThat(reached(via("f", ""))).containsExactly("a");

        routes = routes.withoutBinding(binding("f", "a", "2"));
        assertThat(reached(via("f", ""))).isEmpty();
        assertThat(routes.bindings()).isEmpty();
    }

    @Test
    void exchangesBoundInARingDeliverOnceAndEnd() {
        queue("a", true);
        routes =
                routes.withExchange(exchange("x", ExchangeSpec.Kind.FANOUT, null))
                        .withExchange(exchange("y", ExchangeSpec.Kind.FANOUT, null))
                        .withBinding(new Binding(NS, "x", true, "y", "", Map.of()))
                        .withBinding(new Binding(NS, "y", true, "x", "", Map.of()));
        bind("x", "a", "");
        bind("y", "a", "");

        assertThat(reached(via("x", "k"))).containsExactly("a");
    }

    @Test
    void theAlternateExchangeGetsWhatCouldNotBeRouted() {
        queue("a", true);
        queue("rest", true);
        routes =
                routes.withExchange(exchange("alt", ExchangeSpec.Kind.FANOUT, null))
                        .withExchange(exchange("d", ExchangeSpec.Kind.DIRECT, "alt"));
        bind("d", "a", "k");
        bind("alt", "rest", "");

        assertThat(reached(via("d", "k"))).containsExactly("a");
        assertThat(reached(via("d", "unknown"))).containsExactly("rest");
    }

    @Test
    void headersMatchAllOrAnyAndSkipNamesWithX() {
        queue("all", true);
        queue("any", true);
        routes = routes.withExchange(exchange("h", ExchangeSpec.Kind.HEADERS, null));
        routes =
                routes.withBinding(match("all", Map.of("x-match", "all", "a", 1, "x-b", "z")))
                        .withBinding(match("any", Map.of("x-match", "any", "a", 1, "b", "two")));

        assertThat(reached(headers(Map.of("a", 1L)))).containsExactlyInAnyOrder("all", "any");
        assertThat(reached(headers(Map.of("b", "two")))).containsExactly("any");
        assertThat(reached(headers(Map.of("a", 2, "b", "three")))).isEmpty();
    }

    @Test
    void aListedTopicStandsInTheSubjectSpaceUnderItsOwnName() {
        queue("orders.eu", true);
        queue("hidden", false);
        queue("pattern", true);
        bind("subjects", "pattern", "orders.#");

        Address subject = new Address.Subject(NS, "orders.eu");
        assertThat(reached(subject)).containsExactlyInAnyOrder("orders.eu", "pattern");
        assertThat(reached(new Address.Subject(NS, "hidden"))).isEmpty();
        assertThat(besides("orders.eu")).containsExactly("pattern");
        assertThat(besides("hidden")).isEmpty();
    }

    @Test
    void deletingAQueueOrAnExchangeTakesItsBindingsAlong() {
        queue("a", true);
        routes =
                routes.withExchange(exchange("f", ExchangeSpec.Kind.FANOUT, null))
                        .withExchange(exchange("g", ExchangeSpec.Kind.FANOUT, null))
                        .withBinding(new Binding(NS, "f", true, "g", "", Map.of()));
        bind("f", "a", "");
        bind("g", "a", "");

        routes = routes.withoutTopic(TopicName.of("a"));
        assertThat(routes.bindings()).hasSize(1);
        routes = routes.withoutExchange(NS, "g");
        assertThat(routes.bindings()).isEmpty();
        assertThat(routes.exchange(NS, "f")).isNotNull();
    }

    @Test
    void patternsAgreeWithANaiveMatcherOnRandomKeys() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            List<String> patterns = new ArrayList<>();
            Matcher matcher = PatternMatcher.EMPTY;
            for (int i = 0; i < 12; i++) {
                String pattern = randomKey(random, "a", "b", "", "*", "#", "#");
                patterns.add(pattern);
                matcher = matcher.with(binding("subjects", pattern, pattern), queue(pattern));
            }
            String gone = patterns.remove(random.nextInt(patterns.size()));
            matcher = matcher.without(binding("subjects", gone, gone), queue(gone));
            String key = randomKey(random, "a", "b", "", "c");

            Set<String> found = new LinkedHashSet<>();
            matcher.match(message(key), target -> found.add(target.name()));
            Set<String> expected =
                    patterns.stream().filter(p -> naive(p, key)).collect(Collectors.toSet());
            assertThat(found).as("seed %d key %s of %s", seed, key, patterns).isEqualTo(expected);
        }
    }

    @Test
    void aPatternOfManyHashesCostsNoMoreThanItsLengthTimesTheKeys() {
        String bomb = "#.a".repeat(60).substring(0, 60 * 3);
        Matcher matcher =
                PatternMatcher.EMPTY.with(binding("subjects", "q", bomb + ".#.b"), queue("q"));
        String key = "a.".repeat(126) + "c";

        Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(2),
                () -> matcher.match(message(key), target -> Assertions.fail("matched " + target)));
    }

    @Test
    void copiesReachWhatTheirKeysReachAndEachTargetOnce() {
        for (String name : List.of("a", "b", "c", "rest")) {
            queue(name, true);
        }
        routes =
                routes.withExchange(exchange("d", ExchangeSpec.Kind.DIRECT, "f"))
                        .withExchange(exchange("t", ExchangeSpec.Kind.TOPIC, null))
                        .withExchange(exchange("f", ExchangeSpec.Kind.FANOUT, null));
        bind("f", "rest", "");
        bind("d", "a", "red");
        bind("d", "a", "blue");
        bind("d", "b", "blue");
        bind("t", "c", "x.*");
        bind("t", "c", "#");

        assertThat(reached(copied("d", "red", "blue", "none"))).containsExactlyInAnyOrder("a", "b");
        assertThat(reached(copied("d", "none", "none", "blue")))
                .contains("b")
                .doesNotContain("rest");
        assertThat(reached(copied("d", "no", "no", "no"))).containsExactly("rest");
        assertThat(reached(copied("t", "y", "x.1", "x.2"))).containsExactly("c");
        assertThat(reached(copied("", "a", "b", "a"))).containsExactly("a", "b");
        assertThat(reached(copied("", "none", "", "c"))).containsExactly("c");
        assertThat(reached(copied("subjects", "a", "b", "c")))
                .containsExactlyInAnyOrder("a", "b", "c");
    }

    @Test
    void aRouteIsByKeysAloneUntilItMeetsWhatLooksAtHeaders() {
        queue("q", true);
        routes =
                routes.withExchange(exchange("d", ExchangeSpec.Kind.DIRECT, null))
                        .withExchange(exchange("h", ExchangeSpec.Kind.HEADERS, null));
        bind("d", "q", "k");
        assertThat(routes.route(via("d", "k"), entropy, null).byKeysAlone()).isTrue();
        assertThat(routes.route(via("h", "k"), entropy, null).byKeysAlone()).isTrue();

        routes = routes.withBinding(match("q", Map.of("a", 1)));
        routes = routes.withBinding(new Binding(NS, "d", true, "h", "other", Map.of()));
        assertThat(routes.route(via("h", "k"), entropy, null).byKeysAlone()).isFalse();
        assertThat(routes.route(via("d", "k"), entropy, null).byKeysAlone()).isTrue();
        assertThat(routes.route(via("d", "other"), entropy, null).byKeysAlone()).isFalse();
    }

    // Builders ---------------------------------------------------------------------------------

    private static String randomKey(Random random, String... words) {
        int length = random.nextInt(6);
        List<String> key = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            key.add(words[random.nextInt(words.length)]);
        }
        return String.join(".", key);
    }

    private static boolean naive(String pattern, String key) {
        return naive(PatternTrie.words(pattern), 0, PatternTrie.words(key), 0);
    }

    private static boolean naive(List<String> pattern, int p, List<String> key, int k) {
        if (p == pattern.size()) {
            return k == key.size();
        }
        if (pattern.get(p).equals("#")) {
            return naive(pattern, p + 1, key, k)
                    || (k < key.size() && naive(pattern, p, key, k + 1));
        }
        return k < key.size()
                && (pattern.get(p).equals("*") || pattern.get(p).equals(key.get(k)))
                && naive(pattern, p + 1, key, k + 1);
    }

    private void queue(String name, boolean listed) {
        TopicSpec.Lifetime lifetime = new TopicSpec.Lifetime(true, false, false, listed, false);
        TopicSpec spec =
                new TopicSpec(
                        TopicName.of(name),
                        TopicSpec.Form.MESSAGES,
                        1,
                        TopicSpec.Retention.QUEUE,
                        lifetime,
                        Map.of());
        UUID id = UUID.nameUUIDFromBytes(name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        routes = routes.withTopic(new Topic(spec, id, List.of(), 0, 0));
    }

    private Topic topic(String name) {
        Topic topic = routes.topic(TopicName.of(name));
        assertThat(topic).isNotNull();
        return topic;
    }

    private void bind(String exchange, String queue, String key) {
        routes = routes.withBinding(binding(exchange, queue, key));
    }

    private static Binding binding(String exchange, String queue, String key) {
        return new Binding(NS, exchange, false, queue, key, Map.of());
    }

    private static Target queue(String name) {
        return new Target(false, name);
    }

    private static Binding match(String queue, Map<String, Object> match) {
        Map<String, @Nullable Object> values = new HashMap<>(match);
        return new Binding(NS, "h", false, queue, "", values);
    }

    private static ExchangeSpec exchange(
            String name, ExchangeSpec.Kind kind, @Nullable String alternate) {
        return new ExchangeSpec(
                NS, name, kind, true, false, false, alternate, HashOn.Known.ROUTING_KEY, Map.of());
    }

    private Lookup message(String... keys) {
        return new Lookup(List.of(keys), Map::of, entropy);
    }

    private static Address copied(String exchange, String key, String open, String blind) {
        Copies copies = new Copies(List.of(open), List.of(blind));
        return new Address.Via(NS, exchange, key, copies, Map::of);
    }

    private static Address via(String exchange, String key) {
        return new Address.Via(NS, exchange, key, Map::of);
    }

    private static Address headers(Map<String, Object> headers) {
        return new Address.Via(NS, "h", "", () -> new HashMap<>(headers));
    }

    private List<String> reached(Address address) {
        return names(routes.route(address, entropy, null).targets());
    }

    private List<String> besides(String topic) {
        return names(routes.beside(topic(topic), entropy, null).targets());
    }

    private static List<String> names(List<Topic> topics) {
        return topics.stream().map(t -> t.spec().name().name()).toList();
    }
}
