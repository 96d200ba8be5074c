package io.polylog.broker.proof;

import static io.polylog.broker.proof.Specs.exchange;
import static io.polylog.broker.proof.Specs.toExchange;
import static io.polylog.broker.proof.Specs.toQueue;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.HashOn;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.log.Command;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Publishing by every way there is, and what the publisher is told.
interface PublishContract extends BrokerContract {
    int LARGEST = Command.LARGEST_PAYLOAD_BYTES;

    @Test
    default void aMessageToAQueueIsStoredAsItWasSent() {
        Peer peer = peer();
        peer.queue("q");
        byte[] body = new byte[5_000];
        new SplittableRandom(5).nextBytes(body);
        byte[] key = "k1".getBytes(StandardCharsets.UTF_8);
        Envelope envelope = new Envelope(1_600_000_000_123L, 90_000_000, 7, key);
        Content content = new Content(Peer.TEXT, envelope, ByteBuffer.wrap(body));
        rig().await(peer.send(List.of(new Publication(Peer.to("q"), content))));

        Content stored = peer.take("q").orElseThrow().content();
        assertThat(stored.encoding()).isEqualTo(Peer.TEXT);
        assertThat(stored.bytes()).isEqualTo(ByteBuffer.wrap(body));
        assertThat(stored.envelope().timestampMs()).isEqualTo(1_600_000_000_123L);
        assertThat(stored.envelope().timeToLiveMs()).isEqualTo(90_000_000);
        assertThat(stored.envelope().priority()).isEqualTo(7);
        assertThat(stored.envelope().key()).isEqualTo(key);
    }

    @Test
    default void aBatchIsStoredInOrderAndEachMessageHasItsOwnFate() {
        Peer peer = peer();
        peer.queue("q");
        List<Publication> batch =
                List.of(
                        new Publication(Peer.to("q"), Peer.content("a")),
                        new Publication(Peer.via("", "none"), Peer.content("b")),
                        new Publication(Peer.via("none", "q"), Peer.content("c")),
                        new Publication(Peer.to("none"), Peer.content("e")),
                        new Publication(Peer.to("q"), Peer.content("d")));

        assertThat(rig().await(peer.send(batch)))
                .containsExactly(
                        Outcome.STORED,
                        Outcome.UNROUTABLE,
                        Outcome.NOT_FOUND,
                        Outcome.NOT_FOUND,
                        Outcome.STORED);
        assertThat(peer.readTexts("q", 0)).containsExactly("a", "d");
    }

    @Test
    default void answersComeInTheOrderOfTheBatches() {
        Peer peer = peer();
        IntStream.range(0, 6).forEach(i -> peer.queue("q" + i));
        StringBuilder answered = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            String name = "q" + (5 - i);
            int number = i;
            peer.send(List.of(new Publication(Peer.to(name), Peer.content("m"))))
                    .thenRun(() -> answered.append(number));
        }
        rig().await("all answers", () -> answered.length() == 6);

        IntStream.range(0, 6)
                .forEach(i -> assertThat(peer.readTexts("q" + i, 0)).containsExactly("m"));
    }

    @Test
    default void theDefaultExchangeAddressesAQueueByItsName() {
        Peer peer = peer();
        peer.queue("q");

        assertThat(peer.publish(Peer.via("", "q"), "a")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.via("", "other"), "b")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.readTexts("q", 0)).containsExactly("a");
    }

    @Test
    default void aDirectExchangeRoutesByEqualKey() {
        Peer peer = bound(Kind.DIRECT, Map.of("red", "red", "blue", "blue"));

        assertThat(peer.publish(Peer.via("x", "red"), "1")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.via("x", "green"), "2")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.readTexts("red", 0)).containsExactly("1");
        assertThat(peer.readTexts("blue", 0)).isEmpty();
    }

    @Test
    default void aFanoutExchangeReachesEveryQueueOnce() {
        Peer peer = bound(Kind.FANOUT, Map.of("a", "", "b", "k", "c", ""));
        rig().await(peer.session.bind(toQueue("x", "a", "again")));

        peer.publish(Peer.via("x", "any"), "1");
        for (String queue : List.of("a", "b", "c")) {
            assertThat(peer.readTexts(queue, 0)).containsExactly("1");
        }
    }

    @Test
    default void aTopicExchangeRoutesByPattern() {
        Peer peer = bound(Kind.TOPIC, Map.of("one", "order.*.paid", "all", "order.#"));

        peer.publish(Peer.via("x", "order.7.paid"), "1");
        peer.publish(Peer.via("x", "order.7.sent"), "2");
        peer.publish(Peer.via("x", "order"), "3");
        assertThat(peer.publish(Peer.via("x", "else.7.paid"), "4")).isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.readTexts("one", 0)).containsExactly("1");
        assertThat(peer.readTexts("all", 0)).containsExactly("1", "2", "3");
    }

    @Test
    default void aHeadersExchangeRoutesByHeaders() {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(exchange("x", Kind.HEADERS)));
        peer.queue("all");
        peer.queue("any");
        Map<String, @Nullable Object> match = new TreeMap<>(Map.of("a", 1, "b", "two"));
        rig().await(peer.session.bind(Specs.byHeaders("x", "all", match)));
        Map<String, @Nullable Object> any = new TreeMap<>(match);
        any.put("x-match", "any");
        rig().await(peer.session.bind(Specs.byHeaders("x", "any", any)));

        peer.publish(Peer.via("x", Map.of("a", 1, "b", "two", "c", 3)), "both");
        peer.publish(Peer.via("x", Map.of("a", 1)), "one");
        assertThat(peer.publish(Peer.via("x", Map.of("a", 2)), "none"))
                .isEqualTo(Outcome.UNROUTABLE);
        assertThat(peer.readTexts("all", 0)).containsExactly("both");
        assertThat(peer.readTexts("any", 0)).containsExactly("both", "one");
    }

    @Test
    default void anExchangeRoutesThroughOthersAndEachQueueGetsTheMessageOnce() {
        Peer peer = bound(Kind.FANOUT, Map.of("a", "", "b", ""));
        rig().await(peer.session.declareExchange(exchange("first", Kind.DIRECT)));
        rig().await(peer.session.bind(toExchange("first", "x", "k")));
        rig().await(peer.session.bind(toExchange("x", "first", "")));
        rig().await(peer.session.bind(toQueue("first", "a", "k")));

        assertThat(peer.publish(Peer.via("first", "k"), "1")).isEqualTo(Outcome.STORED);
        assertThat(peer.readTexts("a", 0)).containsExactly("1");
        assertThat(peer.readTexts("b", 0)).containsExactly("1");
    }

    @Test
    default void theAlternateExchangeGetsWhatIsNotRouted() {
        Peer peer = bound(Kind.FANOUT, Map.of("rest", ""));
        rig().await(peer.session.declareExchange(exchange("main", Kind.DIRECT, "x")));
        peer.queue("known");
        rig().await(peer.session.bind(toQueue("main", "known", "k")));

        assertThat(peer.publish(Peer.via("main", "k"), "1")).isEqualTo(Outcome.STORED);
        assertThat(peer.publish(Peer.via("main", "?"), "2")).isEqualTo(Outcome.STORED);
        assertThat(peer.readTexts("known", 0)).containsExactly("1");
        assertThat(peer.readTexts("rest", 0)).containsExactly("2");
    }

    @Test
    default void aClosedExchangeTakesNothingFromPublishers() {
        Peer peer = peer();
        ExchangeSpec closed =
                new ExchangeSpec(
                        Specs.NS,
                        "c",
                        Kind.FANOUT,
                        true,
                        false,
                        true,
                        null,
                        HashOn.Known.ROUTING_KEY,
                        Map.of());
        rig().await(peer.session.declareExchange(closed));
        peer.queue("q");
        rig().await(peer.session.bind(toQueue("c", "q", "")));

        assertThat(peer.publish(Peer.via("c", "k"), "1")).isNotEqualTo(Outcome.STORED);
        assertThat(peer.readTexts("q", 0)).isEmpty();
    }

    @Test
    default void aMessageIsAsLargeAsTheLimitAndNoLarger() {
        Peer peer = peer();
        peer.queue("q");
        byte[] body = new byte[LARGEST];
        new SplittableRandom(1).nextBytes(body);
        Publication largest = new Publication(Peer.to("q"), Peer.content(body));
        Publication larger = new Publication(Peer.to("q"), Peer.content(new byte[LARGEST + 1]));

        assertThat(rig().await(peer.send(List.of(largest)))).containsExactly(Outcome.STORED);
        assertThat(rig().await(peer.send(List.of(larger)))).containsExactly(Outcome.TOO_LARGE);
        assertThat(peer.take("q").orElseThrow().content().bytes()).isEqualTo(ByteBuffer.wrap(body));
        assertThat(peer.stats("q").ready()).isZero();
    }

    @Test
    default void aKeyDecidesThePartitionAndSoDoesAnExplicitNumber() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 4));
        for (int i = 0; i < 40; i++) {
            byte[] key = ("key" + i % 8).getBytes(StandardCharsets.UTF_8);
            ByteBuffer body = Peer.content("k" + i % 8).bytes();
            Content content = new Content(Peer.TEXT, new Envelope(0, -1, -1, key), body);
            rig().await(peer.send(List.of(new Publication(Peer.to("t"), content))));
        }
        Address third = new Address.Direct(TopicName.of("t"), 3);
        rig().await(peer.send(List.of(new Publication(third, Peer.content("explicit")))));

        List<List<String>> byPartition =
                IntStream.range(0, 4).mapToObj(p -> peer.readTexts("t", p)).toList();
        assertThat(byPartition.stream().mapToInt(List::size).sum()).isEqualTo(41);
        for (int k = 0; k < 8; k++) {
            String key = "k" + k;
            assertThat(byPartition.stream().filter(texts -> texts.contains(key))).hasSize(1);
        }
        assertThat(byPartition.get(3)).endsWith("explicit");
    }

    @Test
    default void withoutAKeyASessionKeepsToOnePartition() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 4));
        IntStream.range(0, 20).forEach(i -> peer.store("t", "m" + i));

        List<List<String>> filled =
                IntStream.range(0, 4)
                        .mapToObj(p -> peer.readTexts("t", p))
                        .filter(texts -> !texts.isEmpty())
                        .toList();
        assertThat(filled).hasSize(1);
        assertThat(filled.getFirst()).startsWith("m0", "m1").hasSize(20);
    }

    @Test
    default void messagesAreStoredInATopicOfBatchesToo() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 1));
        peer.store("t", "a", "b");

        Reader reader = peer.reader("t", 0);
        List<Reader.Entry> entries = peer.readAll(reader, 1_000);
        assertThat(entries).noneMatch(Reader.Entry::batch);
        assertThat(entries.stream().map(Peer::text)).containsExactly("a", "b");
    }

    /// A peer with the exchange `x` bound to new queues, by name and key.
    private Peer bound(Kind kind, Map<String, String> keys) {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(exchange("x", kind)));
        keys.forEach((queue, key) -> {
            peer.queue(queue);
            rig().await(peer.session.bind(toQueue("x", queue, key)));
        });
        return peer;
    }
}
