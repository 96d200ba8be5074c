package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Rule;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Queues whose messages take turns by a header.
interface FairShareContract extends BrokerContract {
    KeyOrder BY_TENANT = new KeyOrder(KeySource.HEADER, "tenant");

    private static QueuePolicy fair() {
        return QueuePolicy.NONE.with(Service.PLAIN.sharing(BY_TENANT));
    }

    private static Rule rule(KeyOrder by) {
        QueuePolicy none = QueuePolicy.NONE;
        return new Rule(
                Specs.NS,
                "turns",
                "^q",
                0,
                none.expiry(),
                none.limits(),
                null,
                Filter.NONE,
                "",
                null,
                by);
    }

    /// Stores messages with these texts; the tenant is the first letter.
    default void storeByTenant(Peer peer, Stream<String> texts) {
        List<Publication> batch =
                texts.map(
                                text -> {
                                    Address to =
                                            new Address.Via(
                                                    Specs.NS,
                                                    "",
                                                    "q",
                                                    () -> Map.of("tenant", text.substring(0, 1)));
                                    return new Publication(to, Peer.content(text));
                                })
                        .toList();
        assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
    }

    private static Stream<String> many(String tenant, int count) {
        return IntStream.range(0, count).mapToObj(i -> tenant + i);
    }

    /// Takes them one by one.
    default List<String> turnsOf(Peer peer) {
        List<String> texts = new ArrayList<>();
        Optional<Delivery> taken = peer.take("q");
        while (taken.isPresent()) {
            texts.add(Inbox.text(taken.get()));
            peer.accept(taken.get());
            taken = peer.take("q");
        }
        return texts;
    }

    private static List<String> of(List<String> texts, String tenant) {
        return texts.stream().filter(text -> text.startsWith(tenant)).toList();
    }

    @Test
    default void aFloodDelaysOthersByTheirTurnsOnly() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        storeByTenant(peer, many("a", 1_000));
        Inbox inbox = peer.consume("q", 1);
        rig().await("the first", () -> inbox.size() == 1);
        storeByTenant(peer, many("b", 10));

        while (of(inbox.texts(), "b").size() < 10) {
            int before = inbox.size();
            peer.accept(inbox.last());
            rig().await("the next", () -> inbox.size() > before);
        }
        assertThat(inbox.size()).isLessThanOrEqualTo(22);
        assertThat(of(inbox.texts(), "b")).isEqualTo(many("b", 10).toList());
        assertThat(of(inbox.texts(), "a")).isEqualTo(many("a", inbox.size() - 10).toList());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1_010 - inbox.size(), 1, 1));
    }

    @Test
    default void eachHasItsTurnAndThoseThatSayNothingAreOne() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        peer.store("q", "x", "y", "z"); // nobody's
        storeByTenant(peer, Stream.of("a1", "a2", "a3", "b1", "c1", "c2"));

        assertThat(turnsOf(peer))
                .containsExactly("x", "a1", "b1", "c1", "y", "a2", "c2", "z", "a3");
    }

    @Test
    default void whatCameToNoExchangeIsOpenedForItsHeader() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        peer.store("q", "1?tenant=a", "2?tenant=a", "3?tenant=7", "4?tenant=7");

        assertThat(turnsOf(peer))
                .containsExactly("1?tenant=a", "3?tenant=7", "2?tenant=a", "4?tenant=7");
    }

    @Test
    default void recordsOfABatchHaveTheirTenantsToo() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        String[] texts = {"1?tenant=a", "2?tenant=a", "3?tenant=b", "4?tenant=b"};
        peer.append(Appends.opened("q", 0, null, texts));
        assertThat(turnsOf(peer))
                .containsExactly("1?tenant=a", "3?tenant=b", "2?tenant=a", "4?tenant=b");

        // And where they come to by the topic's subject.
        peer.declare(Specs.batches("t", 1));
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "q", "t")));
        peer.append(Appends.opened("t", 0, null, texts));
        rig().await("all", () -> peer.stats("q").ready() == 4);
        assertThat(turnsOf(peer))
                .containsExactly("1?tenant=a", "3?tenant=b", "2?tenant=a", "4?tenant=b");
    }

    @Test
    default void whatComesBackIsTheFirstOfItsTenant() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        storeByTenant(peer, Stream.of("a1", "a2", "a3", "b1", "b2", "b3"));
        Inbox lost = peer.consume("q", 4);
        rig().await("four", () -> lost.size() == 4);
        assertThat(lost.texts()).containsExactly("a1", "b1", "a2", "b2");
        Delivery[] back = lost.deliveries.subList(0, 3).toArray(Delivery[]::new);
        peer.accept(lost.deliveries.get(3));
        rig().await("two more", () -> lost.size() == 5);
        Peer other = peer();
        peer.release(back);
        peer.session.close();
        rig().quiesce();

        List<String> texts = turnsOf(other);
        assertThat(of(texts, "a")).containsExactly("a1", "a2", "a3");
        assertThat(of(texts, "b")).containsExactly("b1", "b3");
        assertThat(of(texts.subList(0, 4), "b")).hasSize(2);
    }

    @Test
    default void levelsOfPriorityGoFirstAndTurnsAreWithinThem() {
        Peer peer = peer();
        Service service = new Service(false, new Priorities(5, 0), -1).sharing(BY_TENANT);
        peer.declare(Specs.served("q", service));
        List<Publication> batch =
                Stream.of("a0", "a1", "a2", "b3", "b4", "a5")
                        .map(text -> leveled(text, text.charAt(1) % 3))
                        .toList();
        assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);

        assertThat(turnsOf(peer)).containsExactly("a2", "a5", "a1", "b4", "a0", "b3");
    }

    private static Publication leveled(String text, int level) {
        Address to =
                new Address.Via(Specs.NS, "", "q", () -> Map.of("tenant", text.substring(0, 1)));
        Publication.Content plain = Peer.content(text);
        Publication.Envelope envelope = new Publication.Envelope(0, -1, level, null);
        return new Publication(
                to, new Publication.Content(plain.encoding(), envelope, plain.bytes()));
    }

    @Test
    default void aRuleMakesQueuesTakeTurnsAndItsEndEndsThem() {
        Peer peer = peer();
        peer.queue("q");
        storeByTenant(peer, Stream.of("a1", "a2"));
        Inbox holder = peer.consume("q", 1);
        rig().await("the first", () -> holder.size() == 1);
        rig().await(peer.operations().rule(rule(BY_TENANT), true));
        // Those before are nobody's.
        storeByTenant(peer, Stream.of("a3", "a4", "b1"));
        peer.accept(holder.last());
        rig().await("the second", () -> holder.size() == 2);
        assertThat(List.of(holder.texts().get(1), turnOf(peer), turnOf(peer)))
                .containsExactly("a2", "a3", "b1");
        rig().await(peer.operations().rule(rule(BY_TENANT), false));
        storeByTenant(peer, Stream.of("a5", "c1"));
        assertThat(turnsOf(peer)).containsExactly("a4", "a5", "c1");
    }

    default String turnOf(Peer peer) {
        Delivery taken = peer.take("q").orElseThrow();
        peer.accept(taken);
        return Inbox.text(taken);
    }

    @Test
    default void moreTenantsThanAreToldApartGetAllOnceAndNoneIsHeldBack() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        peer.store("q", many("f", 3_000).map(f -> f + "?tenant=flood").toArray(String[]::new));
        peer.store("q", many("", 1_500).map(i -> i + "?tenant=" + i).toArray(String[]::new));
        peer.store("q", many("", 1_500).map(i -> i + "?tenant=" + i).toArray(String[]::new));
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 6_000);

        List<String> texts = inbox.texts();
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 6_000, 1));
        assertThat(inbox.deliveries.stream().map(Delivery::offset).distinct()).hasSize(6_000);
        // Of those that share a turn, at most 1,500 / 64 and some do.
        int behind = texts.lastIndexOf("1499?tenant=1499");
        assertThat(of(texts.subList(0, behind), "f").size()).isLessThan(150);
        assertThat(of(texts, "f"))
                .isEqualTo(many("f", 3_000).map(f -> f + "?tenant=flood").toList());
    }

    @Test
    default void deadLettersHaveTheirTenantToo() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        peer.declare(Specs.queue("source", QueuePolicy.NONE.with(new DeadLetters("", "q"))));
        peer.store("source", "1?tenant=a", "2?tenant=a", "3?tenant=b");
        Inbox source = peer.consume("source");
        rig().await("all", () -> source.size() == 3);
        rig().await(peer.session.settle(source.deliveries, Settlement.REJECT, true));
        rig().await("all moved", () -> peer.stats("q").ready() == 3);

        assertThat(turnsOf(peer)).containsExactly("1?tenant=a", "3?tenant=b", "2?tenant=a");
    }

    @Test
    default void whatIsPurgedExpiredOrHiddenTakesNoTurn() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", fair()));
        storeByTenant(peer, Stream.of("a1", "b1"));
        Delivery held = peer.take("q").orElseThrow();
        assertThat(rig().await(peer.session.purge(TopicName.of("q")))).isEqualTo(1);
        peer.storeFor("q", "1?tenant=a", 1_000);
        peer.storeLater("q", "2?tenant=b", 5_000, -1);
        peer.store("q", "3?tenant=c", "4?tenant=c", "5?tenant=a");
        rig().passMs(2_000);
        rig().await("one expires", () -> peer.stats("q").ready() == 3);
        assertThat(List.of(turnOf(peer), turnOf(peer))).containsExactly("5?tenant=a", "3?tenant=c");
        rig().passMs(4_000);
        peer.release(held);
        rig().await("both are back", () -> peer.stats("q").ready() == 3);
        assertThat(turnsOf(peer)).containsExactlyInAnyOrder("4?tenant=c", "2?tenant=b", "a1");
    }

    /// What outlives the process.
    interface Durable extends FairShareContract {
        @Override
        Rig.Durable rig();

        @Test
        default void theTenantsAreKnownAfterARestart() {
            Peer peer = peer();
            peer.declare(Specs.queue("q", fair()));
            storeByTenant(peer, many("a", 500));
            rig().checkpoint();
            storeByTenant(peer, many("b", 3));
            rig().restart();
            assertThat(List.of(turnOf(peer()), turnOf(peer()))).containsExactly("a0", "b0");
            rig().crash();

            List<String> rest = turnsOf(peer());
            assertThat(rest).hasSize(501);
            assertThat(rest.subList(0, 4)).containsExactly("a1", "b1", "a2", "b2");
        }
    }
}
