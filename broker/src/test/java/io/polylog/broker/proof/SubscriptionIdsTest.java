package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.broker.command.StreamId;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/// A stream has subscriptions made and removed for ever: their ids come round.
final class SubscriptionIdsTest {
    private static final int AT_ONCE = 4_096;

    @Test
    void a_delivery_of_a_subscription_that_is_gone_settles_nothing_of_the_next_with_its_id() {
        try (ThreadedRig.Local rig = new ThreadedRig.Local(1)) {
            Peer peer = rig.peer();
            peer.declare(Specs.stream("t", 1));
            Inbox first = consume(rig, peer, "first");
            peer.consume(spec("second"), new Inbox()).close();
            peer.store("t", "m0", "m1");
            rig.await("both", () -> first.size() == 2);
            Delivery taken = rig.await(peer.session.take(named("second"), false)).orElseThrow();
            rig.await(peer.session.deleteSubscription(named("second")));
            rig.await(peer.session.deleteSubscription(named("first")));
            makeAndDelete(rig, peer, StreamId.MOST_SUBSCRIPTIONS - 2);

            Peer next = rig.peer();
            Inbox again = consume(rig, next, "again");
            Inbox after = consume(rig, next, "after");
            rig.await("both again", () -> again.size() == 2 && after.size() == 2);
            assertThat(again.last().subscription()).isEqualTo(first.last().subscription());
            assertThat(after.last().subscription()).isEqualTo(taken.subscription());
            for (Delivery late : List.of(first.last(), taken)) {
                assertThat(rig.failure(() -> settle(peer, late))).isEqualTo(Kind.CONFLICT);
            }
            assertThat(peer.stats(named("again"))).isEqualTo(new TopicStats(0, 2, 1));
            assertThat(peer.stats(named("after"))).isEqualTo(new TopicStats(0, 2, 1));
            next.accept(again.deliveries.getFirst());
            rig.checkpoint();
            next.accept(after.deliveries.getFirst());
            rig.restart();

            Peer last = rig.peer();
            Inbox rest = consume(rig, last, "again");
            rig.await("what is left", () -> rest.size() == 1);
            last.accept(rest.last());
            assertThat(last.stats(named("again"))).isEqualTo(new TopicStats(0, 0, 1));
            assertThat(last.stats(named("after"))).isEqualTo(new TopicStats(1, 0, 0));
        }
    }

    private static void makeAndDelete(Rig rig, Peer peer, int count) {
        for (int from = 0; from < count; from += AT_ONCE) {
            List<CompletionStage<?>> made = new ArrayList<>();
            List<CompletionStage<?>> gone = new ArrayList<>();
            int to = Math.min(count, from + AT_ONCE);
            for (int i = from; i < to; i++) {
                made.add(peer.session.take(named("n" + i), false));
            }
            made.forEach(rig::await);
            for (int i = from; i < to; i++) {
                gone.add(peer.session.deleteSubscription(named("n" + i)));
            }
            gone.forEach(rig::await);
        }
    }

    private static CompletionStage<?> settle(Peer peer, Delivery delivery) {
        return peer.session.settle(List.of(delivery), Settlement.ACCEPT, true);
    }

    private static Inbox consume(Rig rig, Peer peer, String name) {
        Inbox inbox = new Inbox();
        rig.await(peer.session.consume(spec(name), inbox));
        return inbox;
    }

    private static ConsumeSpec spec(String name) {
        return new ConsumeSpec(named(name), false, false, 0, 10, Start.Edge.FIRST, null);
    }

    private static SubscriptionRef named(String name) {
        return new SubscriptionRef(TopicName.of("t"), name);
    }
}
