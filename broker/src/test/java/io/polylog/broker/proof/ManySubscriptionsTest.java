package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/// What nobody consumes from costs those nothing who publish.
final class ManySubscriptionsTest {
    private static final int MANY = 10_000;
    private static final int ROUNDS = 5;

    /// The fastest of each counts: where a busy machine left too few undisturbed, more are tried.
    private static final int MOST_ROUNDS = 50;

    private static final int PUBLISHES = 2_000;

    /// Of the time without them: generous, for a machine that does other things.
    private static final double MOST = 2;

    @Test
    void publishing_does_not_get_slower_with_idle_subscriptions() {
        try (ThreadedRig rig = new ThreadedRig.InMemory(1)) {
            Peer peer = rig.peer();
            peer.declare(Specs.stream("few", 1));
            peer.declare(Specs.stream("many", 1));
            List<CompletionStage<?>> made = new ArrayList<>();
            for (int i = 0; i < MANY; i++) {
                SubscriptionRef ref = new SubscriptionRef(TopicName.of("many"), "s" + i);
                made.add(peer.session.take(ref, false));
            }
            made.forEach(rig::await);
            long few = Long.MAX_VALUE;
            long many = Long.MAX_VALUE;
            for (int round = 0;
                    round < ROUNDS || (round < MOST_ROUNDS && many >= MOST * few);
                    round++) {
                few = Math.min(few, nanos(rig, peer, "few"));
                many = Math.min(many, nanos(rig, peer, "many"));
            }
            assertThat((double) many / few)
                    .as("%,d ns and %,d ns for %,d publishes", many, few, PUBLISHES)
                    .isLessThan(MOST);
        }
    }

    private static long nanos(Rig rig, Peer peer, String topic) {
        long before = System.nanoTime();
        for (int i = 0; i < PUBLISHES; i++) {
            Publication one = new Publication(Peer.to(topic), Peer.content("m"));
            assertThat(rig.await(peer.send(List.of(one)))).containsExactly(Outcome.STORED);
        }
        return System.nanoTime() - before;
    }
}
