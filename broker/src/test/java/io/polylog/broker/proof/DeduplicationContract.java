package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Metadata;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.Transaction;
import io.polylog.message.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Queues and streams that store a message once, known by its id.
interface DeduplicationContract extends BrokerContract {
    Deduplication WINDOW = new Deduplication(10_000, 5);

    private static QueuePolicy within(Deduplication window) {
        return QueuePolicy.NONE.with(new Admission(window));
    }

    /// A publish through the default exchange, or another; `id:text`, or a text without an id.
    static Publication identified(String exchange, String key, String said) {
        int colon = said.indexOf(':');
        String id = colon < 0 ? null : said.substring(0, colon);
        return new Publication(
                new Address.Via(Specs.NS, exchange, key, identified(id)),
                Peer.content(said.substring(colon + 1)));
    }

    private static Metadata identified(@Nullable String id) {
        return new Metadata() {
            @Override
            public Map<String, @Nullable Object> headers() {
                return Map.of();
            }

            @Override
            public Message.Properties properties() {
                return new Message.Properties(
                        null, null, null, null, id, null, null, null, 0, -1, -1);
            }
        };
    }

    /// Publishes to `q` in one batch; all must be acknowledged.
    default void send(Peer peer, String... said) {
        List<Publication> batch =
                Arrays.stream(said).map(each -> identified("", "q", each)).toList();
        assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
    }

    default List<String> takeAll(Peer peer, String queue) {
        Inbox inbox = new Inbox();
        peer.consume(Peer.spec(queue, 1_000), inbox);
        rig().quiesce();
        return inbox.texts();
    }

    @Test
    default void whatIsSentAgainIsAcknowledgedAndStoredOnce() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        send(peer, "1:a", "2:b", "1:c", "d", "d");
        send(peer, "2:e", "3:f");
        peer().store("q", "g", "g");

        assertThat(takeAll(peer, "q")).containsExactly("a", "b", "d", "d", "f", "g", "g");
    }

    @Test
    default void anIdIsKnownWhateverBecameOfItsMessage() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        send(peer, "1:a", "2:b");
        peer.accept(peer.take("q").orElseThrow());
        peer.reject(peer.take("q").orElseThrow());
        send(peer, "1:c", "2:d");

        assertThat(peer.stats("q").ready()).isZero();
    }

    @Test
    default void anIdIsForgottenAfterItsTime() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        send(peer, "1:a");
        rig().passMs(6_000);
        send(peer, "1:b", "2:c");
        rig().passMs(6_000);
        send(peer, "1:d", "2:e");

        // That it was sent again does not make it count longer.
        assertThat(takeAll(peer, "q")).containsExactly("a", "c", "d");
    }

    @Test
    default void onlyTheNewestIdsCount() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        send(peer, "1:a", "2:b", "3:c", "4:d", "5:e");
        send(peer, "1:f", "6:g", "1:h", "3:i", "2:j");

        assertThat(takeAll(peer, "q")).containsExactly("a", "b", "c", "d", "e", "g", "h", "j");
    }

    @Test
    default void eachTargetHasItsOwnWindow() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        peer.queue("plain");
        peer.declare(Specs.queue("late", within(WINDOW)));
        rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.FANOUT)));
        rig().await(peer.session.bind(Specs.toQueue("x", "q", "")));
        rig().await(peer.session.bind(Specs.toQueue("x", "plain", "")));
        List<Publication> twice = List.of(identified("x", "", "1:a"), identified("x", "", "1:b"));
        assertThat(rig().await(peer.send(twice))).containsOnly(Outcome.STORED);
        rig().await(peer.session.bind(Specs.toQueue("x", "late", "")));
        assertThat(rig().await(peer.send(List.of(identified("x", "", "1:c")))))
                .containsOnly(Outcome.STORED);

        assertThat(takeAll(peer, "q")).containsExactly("a");
        assertThat(takeAll(peer, "plain")).containsExactly("a", "b", "c");
        assertThat(takeAll(peer, "late")).containsExactly("c");
    }

    @Test
    default void aStreamStoresOnceToo() {
        Peer peer = peer();
        TopicSpec plain = Specs.stream("q", 1);
        peer.declare(
                new TopicSpec(
                        plain.name(),
                        plain.form(),
                        1,
                        plain.retention(),
                        plain.lifetime(),
                        within(WINDOW),
                        Map.of()));
        send(peer, "1:a", "2:b", "1:c");

        assertThat(peer.readTexts("q", 0)).containsExactly("a", "b");
    }

    @Test
    default void aTransactionStoresOnceToo() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        peer.queue("r");
        peer.queue("s");
        send(peer, "1:a");
        List<Publication> publications =
                List.of(
                        identified("", "q", "1:b"),
                        identified("", "q", "2:c"),
                        identified("", "q", "2:d"),
                        identified("", "r", "1:e"),
                        identified("", "s", "1:f"));
        rig().await(peer.session.transact(new Transaction(publications, List.of())));
        send(peer, "2:g");

        assertThat(takeAll(peer, "q")).containsExactly("a", "c");
        assertThat(takeAll(peer, "r")).containsExactly("e");
        assertThat(takeAll(peer, "s")).containsExactly("f");
    }

    @Test
    default void whatIsRefusedMayBeSentAgain() {
        Peer peer = peer();
        Limits one = new Limits(1, -1, Overflow.REFUSE);
        peer.declare(Specs.queue("q", within(WINDOW).with(one)));
        send(peer, "1:a");
        List<Publication> more = List.of(identified("", "q", "2:b"), identified("", "q", "1:c"));
        // What is there already need not be refused.
        assertThat(rig().await(peer.send(more))).containsExactly(Outcome.REJECTED, Outcome.STORED);
        peer.accept(peer.take("q").orElseThrow());
        send(peer, "2:d");

        assertThat(takeAll(peer, "q")).containsExactly("d");
    }

    @Test
    default void deadLettersAreNoPublishes() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW)));
        peer.declare(Specs.queue("source", QueuePolicy.NONE.with(new DeadLetters("", "q"))));
        send(peer, "1:a");
        List<Publication> same =
                List.of(identified("", "source", "1:b"), identified("", "source", "2:c"));
        assertThat(rig().await(peer.send(same))).containsOnly(Outcome.STORED);
        Inbox source = peer.consume("source");
        rig().await("both", () -> source.size() == 2);
        peer.reject(source.deliveries.toArray(Delivery[]::new));
        rig().await("both moved", () -> peer.stats("q").ready() == 3);
        // A dead letter's id is not taken note of either.
        send(peer, "2:d");

        assertThat(takeAll(peer, "q")).containsExactly("a", "b", "c", "d");
    }

    @Test
    default void aQueueInMemoryStoresOnceToo() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", within(WINDOW), Specs.IN_MEMORY));
        send(peer, "1:a", "1:b");

        assertThat(takeAll(peer, "q")).containsExactly("a");
    }

    /// What outlives the process.
    interface Durable extends DeduplicationContract {
        @Override
        Rig.Durable rig();

        @Test
        default void idsAreKnownAfterARestart() {
            Peer peer = peer();
            peer.declare(Specs.queue("q", within(new Deduplication(600_000, 1_200))));
            for (int first = 0; first < 1_500; first += 100) {
                send(peer, ids(first, first + 100));
                if (first == 700) {
                    rig().checkpoint();
                }
            }
            rig().restart();
            Peer again = peer();
            send(again, ids(300, 1_500));
            assertThat(again.stats("q").ready()).isEqualTo(1_500);
            send(again, ids(299, 301));
            // The oldest two had left: 299 pushed out 300.
            assertThat(again.stats("q").ready()).isEqualTo(1_502);
        }

        private static String[] ids(int from, int end) {
            return IntStream.range(from, end).mapToObj(i -> i + ":m").toArray(String[]::new);
        }
    }
}
