package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.TopicStats;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// How the consumers of a queue are served, where its policy says how.
interface ServiceContract extends BrokerContract {
    Service ONE_AT_A_TIME = new Service(true, 1, -1);

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
        store(peer, "q", 0, 6);
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
        store(peer, "q", 6, 7);
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
        store(peer, "q", 0, 12);
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
        store(peer, "q", 0, 5);
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

    private static void store(Peer peer, String queue, int from, int end) {
        peer.store(queue, IntStream.range(from, end).mapToObj(i -> "m" + i).toArray(String[]::new));
    }
}
