package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/// What nobody consumes from costs those nothing who publish.
final class ManySubscriptionsTest {
    private static final int MANY = 10_000;
    private static final int ROUNDS = 5;

    /// The fastest of each counts: where a busy machine left too few undisturbed, more are tried.
    private static final int MOST_ROUNDS = 50;

    private static final Interest SOME =
            Interest.in(new Filter("", Map.of(), List.of("nobody.says.this")));

    private static final int TIMES = 500;

    /// Of the time without them: generous, for a machine that does other things.
    private static final double MOST = 2;

    /// Where meanwhile somebody looks, in their place, at what came: to walk through all with each
    /// message costs more than ten times as much.
    private static final double MOST_BESIDE_SIFTING = 4;

    /// What is measured of a topic.
    private interface Work {
        void once(Rig rig, Peer peer, String topic, int number);
    }

    @Test
    void publishing_does_not_get_slower_with_idle_subscriptions() {
        check(Interest.ALL, MOST, ManySubscriptionsTest::publish);
    }

    @Test
    void publishing_does_not_get_slower_with_idle_subscriptions_that_want_some_messages_only() {
        check(SOME, MOST_BESIDE_SIFTING, ManySubscriptionsTest::publish);
    }

    @Test
    void altering_one_of_many_that_want_some_messages_only_costs_what_one_of_two_does() {
        check(SOME, MOST, ManySubscriptionsTest::alter);
    }

    private static void check(Interest interest, double most, Work work) {
        try (ThreadedRig rig = new ThreadedRig.InMemory(1)) {
            Peer peer = rig.peer();
            subscribe(rig, peer, "few", 2, interest);
            subscribe(rig, peer, "many", MANY, interest);
            long few = Long.MAX_VALUE;
            long many = Long.MAX_VALUE;
            for (int round = 0;
                    round < ROUNDS || (round < MOST_ROUNDS && many >= most * few);
                    round++) {
                few = Math.min(few, nanos(rig, peer, "few", work));
                many = Math.min(many, nanos(rig, peer, "many", work));
            }
            assertThat((double) many / few)
                    .as("%,d ns and %,d ns for %,d times", many, few, TIMES)
                    .isLessThan(most);
        }
    }

    private static void subscribe(Rig rig, Peer peer, String topic, int count, Interest interest) {
        peer.declare(Specs.stream(topic, 1));
        List<CompletionStage<?>> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            SubscriptionRef ref = new SubscriptionRef(TopicName.of(topic), "s" + i);
            ConsumeSpec spec = new ConsumeSpec(ref, false, false, 0, 1).with(interest);
            made.add(peer.session.consume(spec, new Inbox()).thenAccept(Consumer::close));
        }
        made.forEach(rig::await);
    }

    private static void publish(Rig rig, Peer peer, String topic, int number) {
        Publication one = new Publication(Peer.to(topic), Peer.content("m" + number));
        assertThat(rig.await(peer.send(List.of(one)))).containsExactly(Outcome.STORED);
    }

    private static void alter(Rig rig, Peer peer, String topic, int number) {
        SubscriptionRef one = new SubscriptionRef(TopicName.of(topic), "s1");
        rig.await(peer.session.alterSubscription(one, SOME.noted("n" + number)));
    }

    private static long nanos(Rig rig, Peer peer, String topic, Work work) {
        long before = System.nanoTime();
        for (int i = 0; i < TIMES; i++) {
            work.once(rig, peer, topic, i);
        }
        return System.nanoTime() - before;
    }
}
