package io.polylog.broker.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.polylog.broker.Binding;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.Publication.Metadata;
import io.polylog.io.Entropy;
import io.polylog.io.SeededEntropy;
import io.polylog.message.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Percentage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Exchanges that choose one of their targets: by hash, by modulus, by chance.
class ChoosingOneTest {
    private static final int KEYS = 20_000;

    private final Entropy entropy = new SeededEntropy(7);

    private static Binding binding(String queue, String key) {
        return new Binding("/", "x", false, queue, key, Map.of());
    }

    private static Target target(String queue) {
        return new Target(false, queue);
    }

    private static Matcher hash(int... weights) {
        Matcher matcher = HashMatcher.on(HashOn.Known.ROUTING_KEY);
        for (int i = 0; i < weights.length; i++) {
            matcher = matcher.with(binding("q" + i, Integer.toString(weights[i])), target("q" + i));
        }
        return matcher;
    }

    private static List<String> keys() {
        return IntStream.range(0, KEYS).mapToObj(i -> "order." + i).toList();
    }

    /// The one target of each key.
    private Map<String, String> choices(Matcher matcher) {
        Map<String, String> chosen = new HashMap<>();
        keys().forEach(key -> chosen.put(key, one(matcher, key, Map::of)));
        return chosen;
    }

    private String one(Matcher matcher, String key, Metadata metadata) {
        List<String> targets = new ArrayList<>();
        matcher.match(
                new Lookup(List.of(key), metadata, entropy), target -> targets.add(target.name()));
        assertThat(targets).hasSize(1);
        return targets.getFirst();
    }

    private static Map<String, Integer> counts(Map<String, String> choices) {
        Map<String, Integer> counts = new TreeMap<>();
        choices.values().forEach(queue -> counts.merge(queue, 1, Integer::sum));
        return counts;
    }

    private static void assertSpread(Map<String, Integer> counts, int... weights) {
        int sum = IntStream.of(weights).sum();
        for (int i = 0; i < weights.length; i++) {
            double expected = (double) KEYS * weights[i] / sum;
            assertThat((double) counts.getOrDefault("q" + i, 0))
                    .as("q%d of %s", i, counts)
                    .isCloseTo(expected, Percentage.withPercentage(10));
        }
    }

    @Test
    void hashes_spread_as_the_weights_say() {
        assertSpread(counts(choices(hash(1, 1, 1, 1))), 1, 1, 1, 1);
        assertSpread(counts(choices(hash(1, 2, 3, 14))), 1, 2, 3, 14);
    }

    @Test
    void a_queue_that_comes_takes_its_share_and_nothing_else_moves() {
        Map<String, String> before = choices(hash(1, 1, 1, 1));
        Map<String, String> after = choices(hash(1, 1, 1, 1, 1));

        List<String> moved =
                keys().stream().filter(k -> !before.get(k).equals(after.get(k))).toList();
        assertThat(moved).allSatisfy(key -> assertThat(after.get(key)).isEqualTo("q4"));
        assertThat((double) moved.size()).isCloseTo(KEYS / 5.0, Percentage.withPercentage(10));
    }

    @Test
    void a_queue_that_goes_leaves_the_others_their_keys() {
        Matcher all = hash(1, 2, 1, 3);
        Map<String, String> before = choices(all);
        Map<String, String> after = choices(all.without(binding("q1", "2"), target("q1")));

        assertThat(keys())
                .allSatisfy(key ->
                        assertThat(before.get(key).equals("q1"))
                                .isEqualTo(!before.get(key).equals(after.get(key))));
        assertThat(counts(after)).containsOnlyKeys("q0", "q2", "q3");
    }

    @Test
    void several_bindings_of_one_queue_add_up_and_one_of_them_may_go() {
        Matcher twice = hash(1, 1).with(binding("q0", "2"), target("q0"));
        assertSpread(counts(choices(twice)), 3, 1);
        assertSpread(counts(choices(twice.without(binding("q0", "1"), target("q0")))), 2, 1);
    }

    /// A key that led elsewhere after an update of the broker would break the order per key.
    @Test
    void the_choice_stays_the_same_in_every_version() {
        List<String> chosen =
                List.of("", "a", "order.1", "grüße", "order.2").stream()
                        .map(key -> one(hash(1, 1, 1), key, Map::of))
                        .toList();
        assertThat(chosen).containsExactly("q0", "q1", "q1", "q2", "q2");
        Matcher modulus = ModulusMatcher.EMPTY;
        for (String queue : List.of("c", "a", "b")) {
            modulus = modulus.with(binding(queue, ""), target(queue));
        }
        Matcher three = modulus;
        assertThat(
                        List.of("", "a", "order.1", "grüße").stream()
                                .map(key -> one(three, key, Map::of)))
                .containsExactly("c", "b", "b", "b");
    }

    @Test
    void a_header_or_a_property_decides_where_that_is_said() {
        Matcher byHeader = HashMatcher.on(new HashOn.Header("user"));
        Matcher byId = HashMatcher.on(HashOn.Known.CORRELATION_ID);
        for (int i = 0; i < 10; i++) {
            byHeader = byHeader.with(binding("q" + i, "1"), target("q" + i));
            byId = byId.with(binding("q" + i, "1"), target("q" + i));
        }
        assertThat(byHeader.byKeysAlone()).isFalse();
        assertThat(byId.byKeysAlone()).isFalse();
        assertThat(one(byHeader, "k1", labels("ann", "1")))
                .isEqualTo(one(byHeader, "k2", labels("ann", "2")))
                .isEqualTo(one(byId, "k1", labels("bob", "ann")));
        assertThat(distinct(byHeader, i -> labels("u" + i, "same"))).isGreaterThan(5);
        assertThat(distinct(byHeader, i -> labels("same", "u" + i))).isEqualTo(1);
        assertThat(distinct(byId, i -> labels("same", "u" + i))).isGreaterThan(5);
        assertThat(distinct(byId, i -> Map::of)).isEqualTo(1);
    }

    private long distinct(Matcher matcher, IntFunction<Metadata> metadata) {
        return IntStream.range(0, 100)
                .mapToObj(i -> one(matcher, "k" + i, metadata.apply(i)))
                .distinct()
                .count();
    }

    private static Metadata labels(String user, String correlationId) {
        return new Metadata() {
            @Override
            public Map<String, @Nullable Object> headers() {
                return Map.of("user", user);
            }

            @Override
            public Message.Properties properties() {
                return new Message.Properties(
                        null, null, correlationId, null, null, null, null, null, 0, -1, -1);
            }
        };
    }

    @Test
    void a_modulus_spreads_evenly_and_the_order_of_bindings_does_not_matter() {
        Matcher forward = ModulusMatcher.EMPTY;
        Matcher backward = ModulusMatcher.EMPTY;
        for (int i = 0; i < 5; i++) {
            forward = forward.with(binding("q" + i, "any"), target("q" + i));
            backward =
                    backward.with(binding("q" + (4 - i), ""), target("q" + (4 - i)))
                            .with(binding("q" + (4 - i), "2"), target("q" + (4 - i)));
        }
        assertSpread(counts(choices(forward)), 1, 1, 1, 1, 1);
        assertThat(choices(backward)).isEqualTo(choices(forward));

        Matcher less =
                backward.without(binding("q4", ""), target("q4"))
                        .without(binding("q3", "2"), target("q3"));
        assertThat(choices(less)).isEqualTo(choices(forward));
        assertThat(counts(choices(less.without(binding("q4", "2"), target("q4")))))
                .doesNotContainKey("q4");
    }

    @Test
    void chance_reaches_all_alike() {
        Matcher matcher = RandomMatcher.EMPTY;
        for (int i = 0; i < 4; i++) {
            matcher = matcher.with(binding("q" + i, "any"), target("q" + i));
        }
        assertThat(matcher.byKeysAlone()).isFalse();
        Map<String, Integer> counts = new TreeMap<>();
        for (int i = 0; i < 4_000; i++) {
            counts.merge(one(matcher, "same", Map::of), 1, Integer::sum);
        }
        assertThat(counts).hasSize(4);
        assertThat(counts.values())
                .allSatisfy(count -> assertThat(count).isCloseTo(1_000, within(150)));
    }

    @Test
    void without_entropy_it_tells_all_that_chance_might_reach() {
        Matcher matcher =
                RandomMatcher.EMPTY
                        .with(binding("a", ""), target("a"))
                        .with(binding("b", ""), target("b"));
        List<String> targets = new ArrayList<>();
        matcher.match(
                new Lookup(List.of("k"), Map::of, null), target -> targets.add(target.name()));
        assertThat(targets).containsExactly("a", "b");
    }

    @Test
    void nothing_bound_is_nothing_chosen() {
        for (Matcher none : List.of(hash(), ModulusMatcher.EMPTY, RandomMatcher.EMPTY)) {
            none.match(
                    new Lookup(List.of("k"), Map::of, entropy),
                    target -> {
                        throw new AssertionError(target.name());
                    });
        }
    }
}
