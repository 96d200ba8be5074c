package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Delivery;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import org.junit.jupiter.api.Test;

/// Messages that are hidden until a time: those published with a delay, and those that came back.
interface DelayContract extends BrokerContract {
    long SECOND_MS = 1_000;

    private Peer queue(QueuePolicy policy) {
        Peer peer = peer();
        peer.declare(Specs.queue("q", policy));
        return peer;
    }

    private void becomes(Peer peer, long ready) {
        rig().await(ready + " are ready", () -> peer.stats("q").ready() == ready);
    }

    // ---- published with a delay

    @Test
    default void aDelayedMessageComesAtItsTimeAndNotBefore() {
        Peer peer = queue(QueuePolicy.NONE);
        Inbox inbox = peer.consume("q");
        peer.storeLater("q", "late", 60 * SECOND_MS, -1);
        peer.storeLater("q", "early", 20 * SECOND_MS, -1);
        peer.store("q", "now");
        rig().await("one", () -> inbox.size() == 1);
        rig().passMs(10 * SECOND_MS);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("now");
        rig().passMs(10 * SECOND_MS + 50);
        rig().await("two", () -> inbox.size() == 2);
        rig().passMs(20 * SECOND_MS);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("now", "early");
        rig().passMs(20 * SECOND_MS + 50);
        rig().await("three", () -> inbox.size() == 3);
        assertThat(inbox.texts()).containsExactly("now", "early", "late");
        peer.accept(inbox.deliveries.toArray(Delivery[]::new));
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void aHiddenMessageIsOwedButNotReadyAndNotPurged() {
        Peer peer = queue(QueuePolicy.NONE);
        peer.storeLater("q", "a", 10 * SECOND_MS, -1);
        peer.store("q", "b");
        peer.storeLater("q", "c", 10 * SECOND_MS, -1);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 2, 0));
        assertThat(rig().await(peer.session.purge(Peer.own("q")))).isEqualTo(1);
        assertThat(peer.take("q")).isEmpty();
        rig().passMs(10 * SECOND_MS + 50);
        becomes(peer, 2);
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("a");
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("c");
        assertThat(peer.take("q")).isEmpty();
    }

    @Test
    default void theTimeToLiveBeginsBehindTheDelay() {
        Peer peer = queue(QueuePolicy.NONE);
        peer.storeLater("q", "a", 10 * SECOND_MS, 20 * SECOND_MS);
        rig().passMs(15 * SECOND_MS);
        becomes(peer, 1);
        rig().passMs(16 * SECOND_MS);
        becomes(peer, 0);
        assertThat(peer.take("q")).isEmpty();
    }

    @Test
    default void aQueueWithHiddenMessagesGoesWithThem() {
        Peer peer = queue(QueuePolicy.NONE);
        peer.storeLater("q", "a", 10 * SECOND_MS, -1);
        peer.delete("q");
        peer.queue("q");
        peer.store("q", "b");
        rig().passMs(20 * SECOND_MS);
        rig().quiesce();
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 0, 0));
    }

    // ---- tried again later

    @Test
    default void whatComesBackIsTriedAgainLater() {
        Retry retry = new Retry(2, Growth.LINEAR, 10 * SECOND_MS, 15 * SECOND_MS);
        Peer peer = queue(QueuePolicy.NONE.with(retry));
        peer.store("q", "a", "b");
        peer.release(peer.take("q").orElseThrow());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 1, 0));
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("b");
        rig().passMs(5 * SECOND_MS);
        rig().quiesce();
        assertThat(peer.take("q")).isEmpty();
        rig().passMs(5 * SECOND_MS + 50);
        becomes(peer, 1);

        Delivery again = peer.take("q").orElseThrow();
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(again.redelivered()).isTrue();
        peer.release(again);
        rig().passMs(10 * SECOND_MS);
        rig().quiesce();
        assertThat(peer.take("q")).isEmpty();
        rig().passMs(5 * SECOND_MS + 50);
        becomes(peer, 1);
        peer.release(peer.take("q").orElseThrow());
        rig().passMs(60 * SECOND_MS);
        rig().quiesce();
        assertThat(peer.stats("q")).as("gone after two").isEqualTo(new TopicStats(0, 1, 0));
    }

    @Test
    default void whoGivesBackMaySayWhenItComesAgain() {
        Retry retry = new Retry(-1, Growth.LINEAR, 10 * SECOND_MS, 10 * SECOND_MS);
        Peer peer = queue(QueuePolicy.NONE.with(retry));
        peer.store("q", "a", "b");
        peer.releaseLater(20 * SECOND_MS, peer.take("q").orElseThrow());
        peer.releaseLater(0, peer.take("q").orElseThrow());
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 1, 0));
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("b");
        rig().passMs(15 * SECOND_MS);
        rig().quiesce();
        assertThat(peer.take("q")).isEmpty();
        rig().passMs(5 * SECOND_MS + 50);
        becomes(peer, 1);
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("a");
    }

    // ---- cancelled

    @Test
    default void whatIsHiddenCanBeCancelledAndNothingElse() {
        Peer peer = queue(QueuePolicy.NONE);
        peer.storeLater("q", "a", 10 * SECOND_MS, -1);
        peer.storeLater("q", "b", 10 * SECOND_MS, -1);
        peer.store("q", "c");
        TopicName queue = Peer.own("q").topic();
        assertThat(rig().await(peer.session.cancel(queue, 0))).isTrue();
        assertThat(rig().await(peer.session.cancel(queue, 0))).as("gone").isFalse();
        assertThat(rig().await(peer.session.cancel(queue, 2))).as("ready").isFalse();
        assertThat(rig().await(peer.session.cancel(queue, 99))).as("not there").isFalse();
        peer.releaseLater(10 * SECOND_MS, peer.take("q").orElseThrow());
        assertThat(rig().await(peer.session.cancel(queue, 2))).as("to be tried again").isTrue();
        rig().passMs(10 * SECOND_MS + 50);
        becomes(peer, 1);
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("b");
        assertThat(peer.take("q")).isEmpty();
    }

    // ---- of a topic

    @Test
    default void aSubscriptionOfATopicGetsItLaterAndAReaderAtOnce() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        SubscriptionRef named = new SubscriptionRef(TopicName.of("t"), "s");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(named, false, false, 0, 10), inbox);
        Inbox reader = new Inbox();
        peer.consume(new ConsumeSpec(Peer.own("t"), false, false, 0, 10), reader);
        peer.storeLater("t", "late", 10 * SECOND_MS, -1);
        peer.store("t", "now");
        rig().await("one", () -> inbox.size() == 1);
        assertThat(inbox.texts()).containsExactly("now");
        rig().await("all at once", () -> reader.size() == 2);
        assertThat(reader.texts()).containsExactly("late", "now");
        rig().passMs(10 * SECOND_MS + 50);
        rig().await("two", () -> inbox.size() == 2);
        assertThat(inbox.texts()).containsExactly("now", "late");
    }

    @Test
    default void delaysThatDoubleAreAtMostATenthShorter() {
        Retry retry = new Retry(-1, Growth.EXPONENTIAL, 10 * SECOND_MS, 1_000 * SECOND_MS);
        Peer peer = queue(QueuePolicy.NONE.with(retry));
        peer.store("q", "a");
        for (long delayMs = 10 * SECOND_MS; delayMs < 50 * SECOND_MS; delayMs *= 2) {
            peer.release(peer.take("q").orElseThrow());
            rig().passMs(delayMs / 2);
            rig().quiesce();
            assertThat(peer.take("q")).isEmpty();
            rig().passMs(delayMs / 2 + 200);
            becomes(peer, 1);
        }
    }
}
