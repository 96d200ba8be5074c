package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// How the consumers of a queue are served, where its policy says how.
interface ServiceContract extends BrokerContract {
    Service ONE_AT_A_TIME = new Service(true, Priorities.NONE, -1);

    Service TEN_LEVELS = new Service(false, new Priorities(10, 0), -1);

    Service ONE_SECOND = new Service(false, Priorities.NONE, 1_000);

    // One consumer at a time -----------------------------------------------------------------

    @Test
    default void onlyTheFirstConsumerIsServedUntilItGoes() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_AT_A_TIME));
        Inbox first = new Inbox();
        Inbox second = new Inbox();
        Inbox third = new Inbox();
        Consumer one = peer.consume(Peer.spec("q", 2), first);
        Consumer two = peer().consume(Peer.spec("q", 100), second);
        peer().consume(Peer.spec("q", 100), third);
        storeTexts(peer, "q", 0, 6);
        rig().quiesce();
        assertThat(first.texts()).containsExactly("m0", "m1");
        assertThat(second.deliveries).isEmpty();
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(4, 2, 3));

        peer.accept(first.deliveries.getFirst());
        rig().await("one more", () -> first.size() == 3);
        one.close();
        rig().await("the next is served", () -> second.size() == 3);
        assertThat(second.texts()).containsExactly("m3", "m4", "m5");
        two.close();
        storeTexts(peer, "q", 6, 7);
        rig().await("the one after it", () -> third.size() == 1);
        assertThat(second.size()).isEqualTo(3);
        peer.accept(first.deliveries.get(1), first.deliveries.get(2));
    }

    @Test
    default void theNextConsumerGetsFirstWhatTheOneBeforeDidNotSettle() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_AT_A_TIME));
        Peer lost = peer();
        Inbox first = new Inbox();
        first.room = 5;
        lost.consume(Peer.spec("q", 8), first);
        Inbox second = peer().consume("q");
        storeTexts(peer, "q", 0, 12);
        rig().await("five of eight", () -> first.size() == 5);
        lost.accept(first.deliveries.get(0), first.deliveries.get(2));
        rig().quiesce();
        assertThat(second.deliveries).isEmpty();

        lost.session.close();
        rig().await("all the rest", () -> second.size() == 10);
        assertThat(second.texts())
                .containsExactly("m1", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11");
        assertThat(second.deliveries.stream().map(Delivery::attempt))
                .containsExactly(1, 1, 1, 0, 0, 0, 0, 0, 0, 0);
    }

    @Test
    default void aConsumerOfHigherPriorityTakesOverWhenNothingIsInFlight() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_AT_A_TIME));
        Inbox low = peer.consume("q", 2);
        storeTexts(peer, "q", 0, 5);
        rig().await("two", () -> low.size() == 2);
        Inbox high = new Inbox();
        peer.consume(new ConsumeSpec(Peer.own("q"), false, false, 5, 100), high);
        peer.accept(low.deliveries.get(0));
        rig().quiesce();
        assertThat(low.size()).isEqualTo(2);
        assertThat(high.deliveries).isEmpty();

        peer.accept(low.deliveries.get(1));
        rig().await("the higher one has the rest", () -> high.size() == 3);
        assertThat(high.texts()).containsExactly("m2", "m3", "m4");
    }

    @Test
    default void aConsumerThatWantsToBeAloneIsRefusedWhereOneIsServedAtATime() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_AT_A_TIME));
        ConsumeSpec alone = new ConsumeSpec(Peer.own("q"), false, true, 0, 10);
        assertThat(rig().failure(() -> peer.session.consume(alone, new Inbox())))
                .isEqualTo(Kind.LOCKED);
        Inbox other = peer.consume("q");
        peer.store("q", "a");
        rig().await("others may come", () -> other.size() == 1);
        assertThat(List.of(other.deliveries.getFirst().attempt())).containsExactly(0);
    }

    // Priority -------------------------------------------------------------------------------

    @Test
    default void whatHasAHigherPriorityComesFirstAndEqualsInTheirOrder() {
        Peer peer = peer();
        peer.declare(Specs.served("q", TEN_LEVELS));
        peer.storeAt("q", 2, -1, 9, 200, 0, 5, 2, 9);

        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 8);
        assertThat(inbox.texts()).containsExactly("2", "3", "7", "5", "0", "6", "1", "4");
    }

    @Test
    default void aMessageWithoutAPriorityStandsAtTheUsualLevel() {
        Peer peer = peer();
        Service five = new Service(false, new Priorities(32, 4), -1);
        peer.declare(Specs.served("q", five));
        peer.storeAt("q", -1, 3, 4, 5);

        assertThat(takeAll(peer, "q")).containsExactly("3", "0", "2", "1");
    }

    @Test
    default void whatComesBackKeepsItsPlaceAmongTheOthers() {
        Peer peer = peer();
        peer.declare(Specs.served("q", TEN_LEVELS));
        peer.storeAt("q", 1, 5, 5, 1);
        Delivery first = peer.take("q").orElseThrow();
        Delivery second = peer.take("q").orElseThrow();
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 2, 0));
        peer.storeAt("q", 4, 7);
        peer.release(second, first);

        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 6);
        assertThat(inbox.deliveries.stream().map(Delivery::offset))
                .containsExactly(5L, 1L, 2L, 4L, 0L, 3L);
        assertThat(inbox.deliveries.stream().map(Delivery::redelivered))
                .containsExactly(false, true, true, false, false, false);
    }

    @Test
    default void whatComesMeanwhileGoesFirstWhereItsPriorityIsHigher() {
        Peer peer = peer();
        peer.declare(Specs.served("q", TEN_LEVELS));
        peer.storeAt("q", 0, 0, 0);
        Inbox inbox = peer.consume("q", 1);
        rig().await("the first", () -> inbox.size() == 1);
        peer.storeAt("q", 9);
        peer.accept(inbox.last());
        rig().await("the second", () -> inbox.size() == 2);

        assertThat(inbox.last().offset()).isEqualTo(3);
        assertThat(rig().await(peer.session.purge(TopicName.of("q")))).isEqualTo(2);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 1, 1));
    }

    // Time to settle -------------------------------------------------------------------------

    @Test
    default void aDeliveryThatIsKeptTooLongComesBackAndItsConsumerGoes() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_SECOND));
        storeTexts(peer, "q", 0, 3);
        Inbox slow = peer.consume("q", 2);
        rig().await("two", () -> slow.size() == 2);
        Inbox other = peer().consume("q", 1);
        rig().await("the third", () -> other.size() == 1);
        Peer quick = peer();
        peer.accept(slow.deliveries.get(1));
        rig().await(
                        "it goes",
                        () -> {
                            rig().passMs(100);
                            return slow.overdueMs == 1_000;
                        });
        assertThat(slow.cancelled).isFalse();

        rig().await(
                        "the other one goes too",
                        () -> {
                            rig().passMs(100);
                            return other.overdueMs == 1_000;
                        });
        rig().await("both are back", () -> peer.stats("q").equals(new TopicStats(2, 0, 0)));
        Inbox next = quick.consume("q");
        rig().await("both", () -> next.size() == 2);
        assertThat(next.texts()).containsExactly("m0", "m2");
        assertThat(next.deliveries.getFirst().attempt()).isEqualTo(1);
        assertThat(
                        rig().failure(() ->
                                peer.session.settle(
                                        slow.deliveries.subList(0, 1), Settlement.ACCEPT, true)))
                .isEqualTo(Kind.CONFLICT);
        quick.accept(next.deliveries.toArray(Delivery[]::new));
        assertThat(peer.stats("q").unsettled()).isZero();
    }

    @Test
    default void aConsumersOwnTimeGoesBeforeItsQueues() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_SECOND));
        peer.queue("patient");
        storeTexts(peer, "q", 0, 1);
        storeTexts(peer, "patient", 0, 1);
        Inbox free = new Inbox();
        free.ackTimeoutMs = Long.MAX_VALUE;
        peer.consume(Peer.spec("q", 10), free);
        Inbox hasty = new Inbox();
        hasty.ackTimeoutMs = 500;
        peer.consume(Peer.spec("patient", 10), hasty);
        rig().await("both", () -> free.size() == 1 && hasty.size() == 1);
        rig().await(
                        "it goes",
                        () -> {
                            rig().passMs(100);
                            return hasty.overdueMs == 500;
                        });
        rig().await("it is back", () -> peer.stats("patient").equals(new TopicStats(1, 0, 0)));
        rig().passMs(2_000);
        assertThat(free.overdueMs).isZero();
        peer.accept(free.last());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void aLeaseThatIsRenewedLastsLonger() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_SECOND));
        storeTexts(peer, "q", 0, 2);
        Inbox inbox = peer.consume("q");
        rig().await("both", () -> inbox.size() == 2);
        for (int i = 0; i < 5; i++) {
            rig().passMs(400);
            rig().await(peer.session.renew(inbox.deliveries));
        }
        assertThat(inbox.overdueMs).isZero();
        peer.accept(inbox.deliveries.toArray(Delivery[]::new));
        assertThat(rig().failure(() -> peer.session.renew(inbox.deliveries)))
                .isEqualTo(Kind.CONFLICT);
        rig().passMs(2_000);
        assertThat(inbox.overdueMs).isZero();
    }

    @Test
    default void aConsumerMayGoOnWhenItKeptSomethingTooLong() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_SECOND));
        storeTexts(peer, "q", 0, 4);
        Inbox slow = new Inbox();
        slow.goesOn = true;
        peer.consume(Peer.spec("q", 2), slow);
        rig().await("two", () -> slow.size() == 2);
        Delivery late = slow.deliveries.getFirst();
        peer.accept(slow.deliveries.get(1));
        rig().await("the next", () -> slow.size() == 3);
        rig().await(
                        "both again",
                        () -> {
                            rig().passMs(100);
                            return slow.size() >= 5;
                        });
        assertThat(slow.texts().subList(0, 5)).containsExactly("m0", "m1", "m2", "m0", "m2");
        assertThat(slow.deliveries.get(3).attempt()).isEqualTo(1);
        assertThat(slow.takenBack).containsExactly("0*0", "2*0");
        assertThat(rig().failure(() -> peer.session.settle(List.of(late), Settlement.ACCEPT, true)))
                .isEqualTo(Kind.CONFLICT);
        peer.accept(slow.deliveries.get(3), slow.deliveries.get(4));
        rig().await("the last", () -> slow.size() == 6);
        assertThat(slow.last().attempt()).isZero();
        peer.accept(slow.last());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 1));
        assertThat(slow.overdueMs).isZero();
        assertThat(slow.cancelled).isFalse();
    }

    @Test
    default void whatWasTakenAndKeptTooLongComesBack() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ONE_SECOND));
        storeTexts(peer, "q", 0, 1);
        Delivery late = peer.take("q").orElseThrow();
        rig().await(
                        "it is back",
                        () -> {
                            rig().passMs(100);
                            return peer.stats("q").equals(new TopicStats(1, 0, 0));
                        });
        assertThat(rig().failure(() -> peer.session.settle(List.of(late), Settlement.ACCEPT, true)))
                .isEqualTo(Kind.CONFLICT);
        assertThat(peer.take("q").orElseThrow().attempt()).isEqualTo(1);
    }

    private static List<String> takeAll(Peer peer, String queue) {
        List<String> texts = new ArrayList<>();
        for (Optional<Delivery> next = peer.take(queue);
                next.isPresent();
                next = peer.take(queue)) {
            texts.add(Inbox.text(next.get()));
        }
        return texts;
    }

    private static void storeTexts(Peer peer, String queue, int from, int end) {
        peer.store(queue, IntStream.range(from, end).mapToObj(i -> "m" + i).toArray(String[]::new));
    }
}
