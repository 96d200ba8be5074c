package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.Settlement;
import io.polylog.broker.TopicStats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What becomes of deliveries: accepted, released, rejected, or left behind by their session.
interface SettleContract extends BrokerContract {
    int MANY_ATTEMPTS = 300;

    @Test
    default void anAcceptedMessageIsGoneForEver() {
        Peer peer = filled(3);
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 3);
        peer.accept(inbox.deliveries.get(1));
        peer.close();

        Peer next = peer();
        Inbox again = next.consume("q");
        rig().await("the other two", () -> again.size() == 2);
        rig().quiesce();
        assertThat(again.texts()).containsExactly("m0", "m2");
    }

    @Test
    default void aReleasedMessageComesBackToItsPlaceWithOneMoreAttempt() {
        Peer peer = filled(5);
        Delivery first = peer.take("q").orElseThrow();
        Delivery second = peer.take("q").orElseThrow();
        peer.release(first);

        Delivery again = peer.take("q").orElseThrow();
        assertThat(Inbox.text(again)).isEqualTo("m0");
        assertThat(again.offset()).isEqualTo(first.offset());
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.redelivered()).isTrue();
        peer.release(second);
        peer.release(again);
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 5);
        assertThat(inbox.texts()).containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(inbox.deliveries.stream().map(Delivery::attempt)).containsExactly(2, 1, 0, 0, 0);
        assertThat(inbox.deliveries.stream().map(Delivery::redelivered))
                .containsExactly(true, true, false, false, false);
    }

    @Test
    default void attemptsOfOneMessageAreCountedBeyondWhatAnOctetHolds() {
        Peer peer = filled(1);
        for (int attempt = 0; attempt < MANY_ATTEMPTS; attempt++) {
            Delivery delivery = peer.take("q").orElseThrow();
            assertThat(delivery.attempt()).isEqualTo(attempt);
            peer.release(delivery);
        }
        peer.accept(peer.take("q").orElseThrow());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
    }

    @Test
    default void aRejectedMessageLeavesTheQueue() {
        Peer peer = filled(2);
        peer.reject(peer.take("q").orElseThrow());

        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 0, 0));
        peer.close();
        assertThat(Inbox.text(peer().take("q").orElseThrow())).isEqualTo("m1");
    }

    @Test
    default void aSettlementOfAnotherAttemptIsRefused() {
        Peer peer = filled(1);
        Delivery first = peer.take("q").orElseThrow();
        peer.release(first);
        Delivery second = peer.take("q").orElseThrow();
        trySettle(peer, first, Settlement.ACCEPT);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 1, 0));
        trySettle(peer, first, Settlement.RELEASE);
        assertThat(peer.take("q")).isEmpty();

        peer.release(second);
        assertThat(peer.take("q").orElseThrow().attempt()).isEqualTo(2);
    }

    @Test
    default void aLateSettlementLeavesAMessageThatWaitsAgainWhereItIs() {
        Peer peer = filled(2);
        Delivery first = peer.take("q").orElseThrow();
        peer.release(first);
        trySettle(peer, first, Settlement.ACCEPT);
        trySettle(peer, first, Settlement.REJECT);
        trySettle(peer, first, Settlement.RELEASE);

        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 0, 0));
        Delivery again = peer.take("q").orElseThrow();
        assertThat(Inbox.text(again)).isEqualTo("m0");
        assertThat(again.attempt()).isEqualTo(1);
    }

    @Test
    default void settlingTwiceDoesNotDoMore() {
        Peer peer = filled(2);
        Delivery delivery = peer.take("q").orElseThrow();
        peer.accept(delivery);
        trySettle(peer, delivery, Settlement.RELEASE);
        trySettle(peer, delivery, Settlement.ACCEPT);

        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 0, 0));
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("m1");
        assertThat(peer.take("q")).isEmpty();
    }

    @Test
    default void aClosedSessionGivesBackWhatItHeldToItsPlace() {
        Peer peer = filled(6);
        Delivery taken = peer.take("q").orElseThrow();
        Inbox inbox = peer.consume("q", 3);
        rig().await("three", () -> inbox.size() == 3);
        peer.accept(inbox.deliveries.get(1));
        rig().await("one more", () -> inbox.size() == 4);
        peer.close();

        Inbox again = peer().consume("q");
        rig().await("all but the accepted", () -> again.size() == 5);
        assertThat(again.texts()).containsExactly("m0", "m1", "m3", "m4", "m5");
        assertThat(again.deliveries.stream().map(Delivery::attempt)).containsExactly(1, 1, 1, 1, 0);
        assertThat(again.deliveries.stream().map(Delivery::redelivered))
                .containsExactly(true, true, true, true, false);
        trySettle(peer(), taken, Settlement.ACCEPT);
        rig().quiesce();
        assertThat(peer().stats("q").unsettled()).isEqualTo(5);
    }

    @Test
    default void manyDeliveriesAreSettledTogetherInAnyOrder() {
        int count = 2_000;
        Peer peer = filled(count);
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == count);
        List<Delivery> shuffled = new ArrayList<>(inbox.drain());
        Collections.shuffle(shuffled, new java.util.Random(3));
        List<Delivery> released = shuffled.subList(0, 300);
        List<Delivery> accepted = shuffled.subList(300, count);
        rig().await(peer.session.settle(accepted, Settlement.ACCEPT, true));
        rig().await(peer.session.settle(released, Settlement.RELEASE, true));

        rig().await("the released again", () -> inbox.size() == 300);
        assertThat(inbox.texts())
                .containsExactlyInAnyOrderElementsOf(released.stream().map(Inbox::text).toList());
        assertThat(inbox.deliveries).allMatch(d -> d.attempt() == 1 && d.redelivered());
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void settlementsNobodyWaitsForCountToo() {
        Peer peer = filled(100);
        Inbox inbox = peer.consume("q", 10);
        for (int i = 0; i < 100; i++) {
            int before = i;
            rig().await("the next", () -> inbox.size() > before);
            peer.session.settle(List.of(inbox.deliveries.get(i)), Settlement.ACCEPT, false);
        }
        rig().await("an empty queue", () -> peer.stats("q").unsettled() == 0);
        peer.close();
        assertThat(peer().take("q")).isEmpty();
    }

    @Test
    default void holesOfEverySizeComeBackAndNothingElse() {
        SplittableRandom random = new SplittableRandom(11);
        int count = 1_000;
        Peer peer = filled(count);
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == count);
        List<String> left = new ArrayList<>();
        List<Delivery> accepted = new ArrayList<>();
        for (Delivery delivery : inbox.drain()) {
            boolean stays = random.nextInt(100) < (delivery.offset() / 200) * 25;
            if (stays) {
                left.add(Inbox.text(delivery));
            } else {
                accepted.add(delivery);
            }
        }
        peer.accept(accepted.toArray(Delivery[]::new));
        peer.close();
        Inbox again = peer().consume("q");
        rig().await("what is left", () -> again.size() == left.size());
        rig().quiesce();
        assertThat(again.texts()).containsExactlyElementsOf(left);
    }

    /// A peer with the queue `q` that holds m0, m1 and so on.
    private Peer filled(int count) {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", IntStream.range(0, count).mapToObj(i -> "m" + i).toArray(String[]::new));
        return peer;
    }

    /// Settles what it may not: how it is told so is left open, what counts is the effect.
    private void trySettle(Peer peer, Delivery delivery, Settlement how) {
        try {
            rig().await(peer.session.settle(List.of(delivery), how, true));
        } catch (BrokerException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
        rig().quiesce();
    }
}
