package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What queues do beyond keeping: expiry, limits, an end to retries.
interface PolicyContract extends BrokerContract {
    long MINUTE_MS = 60_000;

    private Peer queue(QueuePolicy policy) {
        Peer peer = peer();
        peer.declare(Specs.queue("q", policy));
        return peer;
    }

    private static QueuePolicy expiring(long messageMs) {
        return QueuePolicy.NONE.with(new Expiry(messageMs, -1));
    }

    private static QueuePolicy limited(long maxCount) {
        return QueuePolicy.NONE.with(new Limits(maxCount, -1, Overflow.DROP_OLDEST));
    }

    private List<String> takeAll(Peer peer) {
        List<String> taken = new ArrayList<>();
        Optional<Delivery> next = peer.take("q");
        while (next.isPresent()) {
            taken.add(Inbox.text(next.get()));
            next = peer.take("q");
        }
        return taken;
    }

    private static void store(Peer peer, int from, int to) {
        peer.store("q", IntStream.range(from, to).mapToObj(i -> "m" + i).toArray(String[]::new));
    }

    // ---- expiry

    @Test
    default void whatWaitsLongerThanItsQueueSaysExpires() {
        Peer peer = queue(expiring(MINUTE_MS));
        peer.store("q", "a", "b");
        rig().passMs(MINUTE_MS / 2);
        peer.store("q", "c");
        assertThat(peer.stats("q").ready()).isEqualTo(3);

        rig().passMs(MINUTE_MS / 2 + 50);
        rig().await("the old ones go", () -> peer.stats("q").ready() == 1);
        assertThat(takeAll(peer)).containsExactly("c");
        rig().passMs(MINUTE_MS);
        rig().quiesce();
        rig().await(
                        "what is out does not expire",
                        () -> peer.stats("q").equals(new TopicStats(0, 1, 0)));
    }

    @Test
    default void aMessageMayLiveShorterThanItsQueueSaysButNotLonger() {
        Peer peer = queue(expiring(MINUTE_MS));
        peer.storeFor("q", "short", 1_000);
        peer.storeFor("q", "long", 10 * MINUTE_MS);
        rig().passMs(1_100);
        rig().await("the short one goes", () -> peer.stats("q").ready() == 1);
        rig().passMs(MINUTE_MS);
        rig().await("the other goes", () -> peer.stats("q").ready() == 0);
        assertThat(takeAll(peer)).isEmpty();
    }

    @Test
    default void nobodyIsGivenWhatHasExpiredBehindOneThatHasNot() {
        Peer peer = queue(QueuePolicy.NONE);
        peer.store("q", "stays");
        peer.storeFor("q", "goes", 1_000);
        peer.store("q", "stays too");
        rig().passMs(1_100);
        rig().quiesce();
        assertThat(takeAll(peer)).containsExactly("stays", "stays too");
        Inbox inbox = peer.consume("q", 1);
        peer.storeFor("q", "due", 1_000);
        rig().await("delivered", () -> inbox.size() == 1);
        peer.storeFor("q", "late", 1_000);
        peer.store("q", "last");
        rig().passMs(1_100);
        peer.accept(inbox.deliveries.getFirst());
        rig().await("the next that has not expired", () -> inbox.size() == 2);
        assertThat(inbox.texts()).containsExactly("due", "last");
    }

    @Test
    default void whatComesBackTooLateExpires() {
        Peer peer = queue(expiring(MINUTE_MS));
        peer.store("q", "a");
        Delivery out = peer.take("q").orElseThrow();
        rig().passMs(2 * MINUTE_MS);
        peer.release(out);
        rig().passMs(50);
        rig().await("it goes", () -> peer.stats("q").equals(new TopicStats(0, 0, 0)));
    }

    @Test
    default void whatMayNotWaitGoesUnlessSomebodyIsThere() {
        Peer peer = queue(expiring(0));
        peer.store("q", "a");
        rig().passMs(20);
        rig().await("it goes", () -> peer.stats("q").ready() == 0);
        Inbox inbox = peer.consume("q");
        peer.store("q", "b");
        rig().await("it is delivered", () -> inbox.size() == 1);
        assertThat(inbox.texts()).containsExactly("b");
    }

    @Test
    default void manyExpireAtOnce() {
        Peer peer = queue(expiring(MINUTE_MS));
        for (int i = 0; i < 20; i++) {
            store(peer, i * 100, i * 100 + 100);
        }
        rig().passMs(MINUTE_MS + 50);
        rig().await("all go", () -> peer.stats("q").ready() == 0);
        peer.store("q", "next");
        assertThat(takeAll(peer)).containsExactly("next");
    }

    // ---- limits

    @Test
    default void theOldestGoWhereTooMuchWaits() {
        Peer peer = queue(limited(3));
        store(peer, 0, 10);
        assertThat(peer.stats("q").ready()).isEqualTo(3);
        assertThat(takeAll(peer)).containsExactly("m7", "m8", "m9");
    }

    @Test
    default void theOldestGoWhereTooMuchWaitsByBytes() {
        Limits limits = new Limits(-1, 100, Overflow.DROP_OLDEST);
        Peer peer = queue(QueuePolicy.NONE.with(limits));
        String thirty = "x".repeat(29);
        peer.store("q", thirty + 1, thirty + 2, thirty + 3, thirty + 4, "small");
        assertThat(peer.stats("q").ready()).isEqualTo(4);
        assertThat(takeAll(peer)).containsExactly(thirty + 2, thirty + 3, thirty + 4, "small");
        peer.store("q", "y".repeat(101));
        assertThat(peer.stats("q").ready()).isZero();
    }

    @Test
    default void whatIsOutDoesNotCountUntilItComesBack() {
        Peer peer = queue(limited(2));
        peer.store("q", "a", "b");
        Delivery out = peer.take("q").orElseThrow();
        peer.store("q", "c");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(2, 1, 0));
        peer.release(out);
        rig().await("the oldest goes", () -> peer.stats("q").equals(new TopicStats(2, 0, 0)));
        assertThat(takeAll(peer)).containsExactly("b", "c");
    }

    @Test
    default void whereNothingMayWaitWhoIsThereIsServed() {
        Peer peer = queue(limited(0));
        peer.store("q", "a");
        assertThat(peer.stats("q").ready()).isZero();
        Inbox inbox = peer.consume("q");
        peer.store("q", "b");
        rig().await("it is delivered", () -> inbox.size() == 1);
        assertThat(inbox.texts()).containsExactly("b");
    }

    // ---- retries

    @Test
    default void aMessageThatCameBackTooOftenGoes() {
        Peer peer = queue(QueuePolicy.NONE.with(new Retry(2, QueuePolicy.Growth.CONSTANT, 0, 0)));
        peer.store("q", "a", "b");
        for (int attempt = 0; attempt < 3; attempt++) {
            Delivery delivery = peer.take("q").orElseThrow();
            assertThat(Inbox.text(delivery)).isEqualTo("a");
            assertThat(delivery.attempt()).isEqualTo(attempt);
            peer.release(delivery);
        }
        assertThat(takeAll(peer)).containsExactly("b");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 1, 0));
    }

    // ---- a queue's own life

    @Test
    default void aQueueThatNobodyUsesGoes() {
        Peer peer = queue(QueuePolicy.NONE.with(new Expiry(-1, MINUTE_MS)));
        rig().passMs(MINUTE_MS * 2 / 3);
        peer.take("q");
        rig().passMs(MINUTE_MS * 2 / 3);
        assertThat(peer.session.definitions().topic(TopicName.of("q"))).isNotNull();
        Inbox inbox = new Inbox();
        Consumer consumer = peer.consume(Peer.spec("q", 1), inbox);
        rig().passMs(3 * MINUTE_MS);
        rig().quiesce();
        assertThat(peer.session.definitions().topic(TopicName.of("q"))).isNotNull();
        rig().await(consumer.close());
        rig().passMs(MINUTE_MS / 2);
        rig().quiesce();
        assertThat(peer.session.definitions().topic(TopicName.of("q"))).isNotNull();
        rig().passMs(MINUTE_MS);
        rig().await("it goes", () -> peer.session.definitions().topic(TopicName.of("q")) == null);
    }

    // ---- refusal

    @Test
    default void aFullQueueRefusesWhereItSaysSoAndTakesAgainWhenThereIsRoom() {
        Peer peer = queue(QueuePolicy.NONE.with(new Limits(2, -1, Overflow.REFUSE)));
        peer.store("q", "a", "b");
        assertThat(peer.publish(Peer.to("q"), "c")).isEqualTo(Outcome.REJECTED);
        peer.accept(peer.take("q").orElseThrow());
        assertThat(peer.publish(Peer.to("q"), "d")).isEqualTo(Outcome.STORED);
        assertThat(takeAll(peer)).containsExactly("b", "d");
    }
}
