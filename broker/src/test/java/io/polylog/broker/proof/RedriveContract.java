package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Delivery;
import io.polylog.broker.Destination;
import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.Operations.Filter;
import io.polylog.broker.Operations.Group;
import io.polylog.broker.Operations.Selection;
import io.polylog.broker.Operations.Tally;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.TopicStats;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Replay;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What an operator sends on from a queue, most often one of dead letters.
interface RedriveContract extends BrokerContract {
    Destination HOME = new Destination.Origin();

    private static QueuePolicy sendingTo(String queue) {
        return QueuePolicy.NONE.with(new DeadLetters("", queue));
    }

    private Tally send(Peer peer, Selection selection, Destination to) {
        return rig().await(peer.operations().send(selection, to, 0, false));
    }

    private static Selection all(String queue) {
        return Selection.all(TopicName.of(queue));
    }

    private static Selection at(String queue, Long... offsets) {
        return Selection.at(TopicName.of(queue), List.of(offsets));
    }

    private static Trail trail(Delivery delivery) {
        return Objects.requireNonNull(delivery.content().envelope().trail());
    }

    private static Replay replay(Delivery delivery) {
        return Objects.requireNonNull(trail(delivery).replay());
    }

    /// Rejects all that is ready.
    private void rejectAll(Peer peer, String queue) {
        for (Delivery each = peer.take(queue).orElse(null);
                each != null;
                each = peer.take(queue).orElse(null)) {
            peer.reject(each);
        }
    }

    private void awaitReady(Peer peer, String queue, long count) {
        rig().await(count + " in " + queue, () -> peer.stats(queue).ready() == count);
    }

    private List<String> takeTexts(Peer peer, String queue) {
        List<String> texts = new ArrayList<>();
        for (Delivery each = peer.take(queue).orElse(null);
                each != null;
                each = peer.take(queue).orElse(null)) {
            texts.add(Inbox.text(each));
            peer.accept(each);
        }
        return texts;
    }

    @Test
    default void deadLettersGoBackToWhereTheyDied() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("one", sendingTo("dead")));
        peer.declare(Specs.queue("two", sendingTo("dead")));
        peer.store("one", "a", "b");
        peer.store("two", "c");
        peer.store("dead", "stranger");
        rejectAll(peer, "one");
        rejectAll(peer, "two");
        awaitReady(peer, "dead", 4);

        Tally tally = send(peer, all("dead"), HOME);
        assertThat(tally.count()).isEqualTo(3);
        assertThat(tally.byTarget()).isEqualTo(Map.of("one", 2L, "two", 1L));
        assertThat(tally.stranded()).isEqualTo(1);
        assertThat(peer.stats("dead")).isEqualTo(new TopicStats(1, 0, 0));
        assertThat(peer.stats("one")).isEqualTo(new TopicStats(2, 0, 0));

        Delivery back = peer.take("one").orElseThrow();
        assertThat(Inbox.text(back)).isEqualTo("a");
        assertThat(back.attempt()).isZero();
        assertThat(trail(back).origin()).isEqualTo(Trail.Origin.of("", "one"));
        assertThat(trail(back).deaths()).hasSize(1);
        assertThat(replay(back).count()).isEqualTo(1);
        assertThat(replay(back).by()).isEqualTo("anonymous");
        assertThat(replay(back).lastMs()).isPositive();
    }

    @Test
    default void aMessageTellsHowOftenItWasSentOn() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead")));
        peer.store("q", "a");
        for (int times = 1; times <= 3; times++) {
            rejectAll(peer, "q");
            awaitReady(peer, "dead", 1);
            assertThat(send(peer, all("dead"), HOME).count()).isEqualTo(1);
            Seen seen =
                    rig().await(peer.operations().browse(Peer.own("q"), 0, 10, 1_000))
                            .messages()
                            .getFirst();
            Trail trail = Objects.requireNonNull(seen.content().envelope().trail());
            assertThat(Objects.requireNonNull(trail.replay()).count()).isEqualTo(times);
            assertThat(trail.deaths()).hasSize(1);
            assertThat(trail.deaths().getFirst().count()).isEqualTo(times);
        }
    }

    @Test
    default void whatWasRoutedByAnExchangeComesBackAsItWas() {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(Specs.exchange("in", ExchangeSpec.Kind.TOPIC)));
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead")));
        peer.queue("other");
        rig().await(peer.session.bind(Specs.toQueue("in", "q", "order.*")));
        rig().await(peer.session.bind(Specs.toQueue("in", "other", "order.*")));
        peer.publish(Peer.via("in", "order.eu"), "a");
        rejectAll(peer, "q");
        awaitReady(peer, "dead", 1);

        send(peer, all("dead"), HOME);
        Delivery back = peer.take("q").orElseThrow();
        assertThat(trail(back).origin()).isEqualTo(Trail.Origin.of("in", "order.eu"));
        assertThat(peer.stats("other").ready()).isEqualTo(1);
    }

    @Test
    default void someAreSentElsewhere() {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(Specs.exchange("x", ExchangeSpec.Kind.TOPIC)));
        peer.queue("q");
        peer.queue("left");
        peer.queue("right");
        rig().await(peer.session.bind(Specs.toQueue("x", "left", "k.#")));
        rig().await(peer.session.bind(Specs.toQueue("x", "right", "k.#")));
        peer.store("q", "a", "b", "c", "d");
        assertThat(send(peer, at("q", 2L, 1L, 9L), Destination.queue("left")).count()).isEqualTo(2);
        assertThat(send(peer, at("q", 3L), new Destination.Via("x", "k.1")).count()).isEqualTo(1);
        assertThat(takeTexts(peer, "left")).containsExactly("b", "c", "d");
        Delivery right = peer.take("right").orElseThrow();
        assertThat(Inbox.text(right)).isEqualTo("d");
        assertThat(trail(right).origin()).isEqualTo(Trail.Origin.of("x", "k.1"));
        assertThat(trail(right).deaths()).isEmpty();
        assertThat(takeTexts(peer, "q")).containsExactly("a");
    }

    @Test
    default void whatIsMeantIsToldByGroupsAndFilters() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead").with(new Expiry(5_000, -1))));
        peer.declare(Specs.queue("p", sendingTo("dead")));
        peer.store("q", "a", "b", "c");
        peer.store("p", "d");
        peer.reject(peer.take("q").orElseThrow());
        peer.reject(peer.take("p").orElseThrow());
        awaitReady(peer, "dead", 2);
        rig().passMs(6_000);
        awaitReady(peer, "dead", 4);

        List<Group> groups = rig().await(peer.operations().groups(TopicName.of("dead")));
        assertThat(groups.stream().map(g -> g.cause() + " " + g.origin() + " " + g.count()))
                .containsExactlyInAnyOrder("EXPIRED q 2", "REJECTED q 1", "REJECTED p 1");
        Group expired = groups.getFirst();
        assertThat(expired.cause()).isEqualTo(Cause.EXPIRED);
        assertThat(expired.oldestMs()).isLessThanOrEqualTo(expired.newestMs());

        Selection old =
                all("dead").with(new Filter(null, null, 0, expired.oldestMs() - 1_000, Map.of()));
        assertThat(rig().await(peer.operations().send(old, HOME, 0, true)).count()).isEqualTo(2);
        Filter other = new Filter(Cause.REJECTED, "q", 0, Long.MAX_VALUE, Map.of());
        Tally dry = rig().await(peer.operations().send(all("dead").with(other), HOME, 0, true));
        assertThat(dry.count()).isEqualTo(1);
        assertThat(dry.byTarget()).isEqualTo(Map.of("q", 1L));
        assertThat(peer.stats("dead").ready()).isEqualTo(4);

        Tally gone =
                rig().await(
                                peer.operations()
                                        .discard(
                                                all("dead").with(Filter.died(Cause.EXPIRED)),
                                                false));
        assertThat(gone.count()).isEqualTo(2);
        assertThat(send(peer, all("dead").with(other), Destination.queue("p")).count())
                .isEqualTo(1);
        assertThat(takeTexts(peer, "dead")).containsExactly("d");
        assertThat(takeTexts(peer, "p")).containsExactly("a");
    }

    @Test
    default void manyAreSentInTheirOrderAndAsFarAsIsSaid() {
        Peer peer = peer();
        peer.queue("q");
        peer.queue("to");
        List<String> all = IntStream.range(0, 1_200).mapToObj(i -> "m" + i).toList();
        peer.store("q", all.toArray(String[]::new));
        Tally first = send(peer, all("q").first(700), Destination.queue("to"));
        assertThat(first.count()).isEqualTo(700);
        assertThat(first.next()).isEqualTo(700);
        assertThat(send(peer, all("q"), Destination.queue("to")).count()).isEqualTo(500);
        Inbox inbox = peer.consume("to");
        rig().await("all", () -> inbox.size() == 1_200);
        assertThat(inbox.texts()).isEqualTo(all);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
    }

    @Test
    default void aQueueCanBeSentToItself() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a", "b");
        assertThat(send(peer, all("q"), Destination.queue("q")).count()).isEqualTo(2);
        assertThat(takeTexts(peer, "q")).containsExactly("a", "b");
    }

    @Test
    default void aPaceIsKept() {
        Peer peer = peer();
        peer.queue("q");
        peer.queue("to");
        peer.store("q", "a", "b", "c", "d", "e");
        CompletableFuture<Tally> sending =
                peer.operations()
                        .send(all("q"), Destination.queue("to"), 10, false)
                        .toCompletableFuture();
        long started = rig().nanos();
        assertThat(rig().await(sending).count()).isEqualTo(5);
        assertThat(rig().nanos() - started).isGreaterThan(300_000_000);
        assertThat(takeTexts(peer, "to")).containsExactly("a", "b", "c", "d", "e");
    }

    @Test
    default void whatAConsumerHasStaysWithIt() {
        Peer peer = peer();
        peer.queue("q");
        peer.queue("to");
        peer.store("q", "a", "b", "c");
        Delivery held = peer.take("q").orElseThrow();
        assertThat(send(peer, all("q"), Destination.queue("to")).count()).isEqualTo(2);
        peer.release(held);
        assertThat(takeTexts(peer, "q")).containsExactly("a");
        assertThat(takeTexts(peer, "to")).containsExactly("b", "c");
    }

    @Test
    default void queuesInAnotherOrderLetGoOfWhatIsMeant() {
        Peer peer = peer();
        peer.queue("to");
        peer.declare(Specs.served("levels", ServiceContract.TEN_LEVELS));
        peer.storeAt("levels", 1, 9, 5, 9);
        peer.release(peer.take("levels").orElseThrow());
        assertThat(send(peer, at("levels", 0L, 1L), Destination.queue("to")).count()).isEqualTo(2);
        assertThat(takeTexts(peer, "levels")).containsExactly("3", "2");
        assertThat(takeTexts(peer, "to")).containsExactly("0", "1");

        KeyOrder byKey = new KeyOrder(KeySource.ROUTING_KEY, "");
        peer.declare(Specs.served("keys", Service.PLAIN.with(byKey)));
        peer.store("keys", "a", "b", "c");
        Delivery first = peer.take("keys").orElseThrow();
        assertThat(peer.take("keys")).isEmpty();
        assertThat(send(peer, at("keys", 1L), Destination.queue("to")).count()).isEqualTo(1);
        peer.accept(first);
        assertThat(takeTexts(peer, "keys")).containsExactly("c");
        assertThat(takeTexts(peer, "to")).containsExactly("b");
    }

    @Test
    default void whatCannotGoAnywhereStays() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead")));
        peer.store("q", "a");
        rejectAll(peer, "q");
        awaitReady(peer, "dead", 1);
        peer.delete("q");
        Tally tally = send(peer, all("dead"), HOME);
        assertThat(tally.count()).isZero();
        assertThat(tally.stranded()).isEqualTo(1);
        assertThat(
                        rig().failure(() ->
                                peer.operations()
                                        .send(all("dead"), Destination.queue("q"), 0, false)))
                .isEqualTo(Kind.NOT_FOUND);
        Destination nowhere = new Destination.Via("none", "k");
        assertThat(rig().failure(() -> peer.operations().send(all("dead"), nowhere, 0, false)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.operations().send(all("q"), HOME, 0, false)))
                .isEqualTo(Kind.NOT_FOUND);
        peer.declare(Specs.stream("t", 1));
        assertThat(rig().failure(() -> peer.operations().send(all("t"), HOME, 0, false)))
                .isEqualTo(Kind.INVALID);
        assertThat(takeTexts(peer, "dead")).containsExactly("a");
    }

    @Test
    default void whatWasSentBackMayExpireAgainAllTheSame() {
        Peer peer = peer();
        peer.queue("last");
        peer.declare(Specs.queue("second", sendingTo("last").with(new Expiry(1_000, -1))));
        peer.declare(Specs.queue("first", sendingTo("second").with(new Expiry(1_000, -1))));
        peer.store("first", "a");
        for (int times = 0; times < 2; times++) {
            rig().passMs(1_100);
            awaitReady(peer, "second", 1);
            rig().passMs(1_100);
            awaitReady(peer, "last", 1);
            assertThat(send(peer, all("last"), Destination.queue("first")).count()).isEqualTo(1);
        }
    }

    @Test
    default void aMessageIsChangedAndKeepsItsWay() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead")));
        peer.store("q", "a", "b");
        rejectAll(peer, "q");
        awaitReady(peer, "dead", 2);
        long there =
                rig().await(
                                peer.operations()
                                        .edit(
                                                TopicName.of("dead"),
                                                0,
                                                content -> with(content, "better")));
        assertThat(there).isEqualTo(2);
        assertThat(peer.stats("dead")).isEqualTo(new TopicStats(2, 0, 0));
        assertThat(send(peer, at("dead", there), HOME).count()).isEqualTo(1);
        Delivery back = peer.take("q").orElseThrow();
        assertThat(Inbox.text(back)).isEqualTo("better");
        assertThat(trail(back).deaths()).hasSize(1);
        assertThat(takeTexts(peer, "dead")).containsExactly("b");

        assertThat(
                        rig().failure(() ->
                                peer.operations()
                                        .edit(TopicName.of("dead"), 0, content -> content)))
                .isEqualTo(Kind.NOT_FOUND);
        peer.store("dead", "c");
        assertThat(
                        rig().failure(() ->
                                peer.operations()
                                        .edit(
                                                TopicName.of("dead"),
                                                3,
                                                _ -> {
                                                    throw new IllegalArgumentException("no");
                                                })))
                .isEqualTo(Kind.INVALID);
        assertThat(takeTexts(peer, "dead")).containsExactly("c");
    }

    private static Content with(Content content, String text) {
        return new Content(
                content.encoding(),
                content.envelope(),
                ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    default void memoryAndDiskSendToEachOther() {
        Peer peer = peer();
        peer.queue("disk");
        peer.declare(Specs.queue("memory", Specs.IN_MEMORY));
        peer.store("disk", "a");
        peer.store("memory", "b");
        assertThat(send(peer, all("disk"), Destination.queue("memory")).count()).isEqualTo(1);
        assertThat(send(peer, at("memory", 0L), Destination.queue("disk")).count()).isEqualTo(1);
        assertThat(takeTexts(peer, "memory")).containsExactly("a");
        assertThat(takeTexts(peer, "disk")).containsExactly("b");
    }

    @Test
    default void aSessionThatEndsSendsNoMore() {
        Peer peer = peer();
        peer.queue("q");
        peer.queue("to");
        peer.store("q", "a", "b", "c");
        CompletableFuture<Tally> sending =
                peer.operations()
                        .send(all("q"), Destination.queue("to"), 1, false)
                        .toCompletableFuture();
        Peer other = peer();
        rig().await("the first", () -> other.stats("to").ready() == 1);
        peer.close();
        rig().await("it ends", sending::isDone);
        assertThat(sending).isCompletedExceptionally();
        assertThat(other.stats("q").ready() + other.stats("to").ready()).isEqualTo(3);
    }

    /// What outlives the process.
    interface Durable extends RedriveContract {
        @Override
        Rig.Durable rig();

        @Test
        default void whatIsOnItsWayWhenTheBrokerDiesArrivesOnce() {
            Peer before = peer();
            before.queue("q");
            before.queue("to");
            List<String> all = IntStream.range(0, 600).mapToObj(i -> "m" + i).toList();
            before.store("q", all.toArray(String[]::new));
            before.operations()
                    .send(Selection.all(TopicName.of("q")), Destination.queue("to"), 0, false);
            Peer other = peer();
            rig().await("some are there", () -> other.stats("to").ready() > 0);
            rig().crash();

            Peer peer = peer();
            rig().await(
                            "all are somewhere",
                            () -> peer.stats("q").ready() + peer.stats("to").ready() == 600);
            rig().quiesce();
            Tally rest =
                    rig().await(
                                    peer.operations()
                                            .send(
                                                    Selection.all(TopicName.of("q")),
                                                    Destination.queue("to"),
                                                    0,
                                                    false));
            assertThat(rest.count()).isLessThan(600);
            Inbox inbox = peer.consume("to");
            rig().await("all", () -> inbox.size() >= 600);
            rig().quiesce();
            assertThat(inbox.texts()).isEqualTo(all);
        }
    }
}
