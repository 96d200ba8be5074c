package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Growth;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Retry;
import io.polylog.broker.TopicStats;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.Trail.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// Where messages go that leave a queue without being wanted, and what they tell then.
interface DeadLetterContract extends BrokerContract {
    private static QueuePolicy sendingTo(String queue) {
        return QueuePolicy.NONE.with(new DeadLetters("", queue));
    }

    private Delivery awaitOne(Peer peer, String queue) {
        rig().await("a dead letter in " + queue, () -> peer.stats(queue).ready() > 0);
        return peer.take(queue).orElseThrow();
    }

    private static Trail trail(Delivery delivery) {
        return Objects.requireNonNull(delivery.content().envelope().trail());
    }

    private static Death death(Delivery delivery) {
        return trail(delivery).deaths().getFirst();
    }

    @Test
    default void whoeverRejectsFindsTheLettersAtOnce() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead")));
        for (int i = 0; i < 20; i++) {
            peer.store("q", "a", "b");
            peer.reject(peer.take("q").orElseThrow());
            peer.reject(peer.take("q").orElseThrow());
            assertThat(Inbox.text(peer.take("dead").orElseThrow())).isEqualTo("a");
            assertThat(Inbox.text(peer.take("dead").orElseThrow())).isEqualTo("b");
            assertThat(peer.take("dead")).isEmpty();
        }
    }

    @Test
    default void whatIsRejectedGoesToTheDeadLetters() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead")));
        peer.store("q", "a", "b", "c");
        peer.accept(peer.take("q").orElseThrow());
        peer.reject(peer.take("q").orElseThrow());

        Delivery letter = awaitOne(peer, "dead");
        assertThat(Inbox.text(letter)).isEqualTo("b");
        assertThat(letter.attempt()).isZero();
        assertThat(letter.redelivered()).isFalse();
        assertThat(trail(letter).origin()).isEqualTo(new Origin("", List.of("dead"), List.of()));
        assertThat(trail(letter).deaths()).hasSize(1);
        assertThat(death(letter).place()).isEqualTo(new Trail.Place("q", Cause.REJECTED, ""));
        assertThat(death(letter).count()).isEqualTo(1);
        assertThat(death(letter).keys()).containsExactly("q");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 0, 0));
        peer.accept(letter);
        assertThat(peer.stats("dead")).isEqualTo(new TopicStats(0, 0, 0));
    }

    @Test
    default void whatExpiresOrIsTooMuchOrCameBackTooOftenGoesToTheDeadLetters() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("brief", sendingTo("dead").with(new Expiry(1_000, -1))));
        Limits one = new Limits(1, -1, Overflow.DROP_OLDEST);
        peer.declare(Specs.queue("narrow", sendingTo("dead").with(one)));
        Retry once = new Retry(0, Growth.CONSTANT, 0, 0);
        peer.declare(Specs.queue("strict", sendingTo("dead").with(once)));

        peer.storeFor("brief", "expired", 500);
        rig().passMs(600);
        Delivery expired = awaitOne(peer, "dead");
        assertThat(Inbox.text(expired)).isEqualTo("expired");
        assertThat(death(expired).place().cause()).isEqualTo(Cause.EXPIRED);
        assertThat(death(expired).timeToLiveMs()).isEqualTo(500);
        assertThat(expired.content().envelope().timeToLiveMs()).isEqualTo(-1);

        peer.store("narrow", "old", "new");
        Delivery tooMuch = awaitOne(peer, "dead");
        assertThat(Inbox.text(tooMuch)).isEqualTo("old");
        assertThat(death(tooMuch).place().cause()).isEqualTo(Cause.OVERFLOWED);

        peer.store("strict", "back");
        peer.release(peer.take("strict").orElseThrow());
        Delivery tooOften = awaitOne(peer, "dead");
        assertThat(Inbox.text(tooOften)).isEqualTo("back");
        assertThat(death(tooOften).place().cause()).isEqualTo(Cause.EXHAUSTED);
    }

    @Test
    default void aDeadLetterKeepsItsKeysWhereNoOtherIsSaid() {
        Peer peer = peer();
        rig().await(peer.session.declareExchange(Specs.exchange("in", Kind.TOPIC)));
        rig().await(peer.session.declareExchange(Specs.exchange("dlx", Kind.TOPIC)));
        peer.declare(Specs.queue("q", QueuePolicy.NONE.with(new DeadLetters("dlx", null))));
        peer.queue("eu");
        peer.queue("copy");
        peer.queue("secret");
        rig().await(peer.session.bind(Specs.toQueue("in", "q", "order.*")));
        rig().await(peer.session.bind(Specs.toQueue("dlx", "eu", "order.eu")));
        rig().await(peer.session.bind(Specs.toQueue("dlx", "copy", "audit")));
        rig().await(peer.session.bind(Specs.toQueue("dlx", "secret", "hidden")));
        Copies copies = new Copies(List.of("audit"), List.of("hidden"));
        Address address = new Address.Via(Specs.NS, "in", "order.eu", copies, Map::of);
        rig().await(peer.send(List.of(new Publication(address, Peer.content("a")))));
        peer.reject(peer.take("q").orElseThrow());

        for (String queue : List.of("eu", "copy", "secret")) {
            Delivery letter = awaitOne(peer, queue);
            assertThat(trail(letter).origin().exchange()).isEqualTo("dlx");
            assertThat(death(letter).place().exchange()).isEqualTo("in");
            assertThat(death(letter).keys()).containsExactly("order.eu", "audit");
            assertThat(trail(letter).rekeyed()).isFalse();
        }
    }

    @Test
    default void aMessageTellsOfAllItsDeaths() {
        Peer peer = peer();
        peer.queue("last");
        peer.declare(Specs.queue("second", sendingTo("last")));
        peer.declare(Specs.queue("first", sendingTo("second")));
        peer.store("first", "a");
        peer.reject(peer.take("first").orElseThrow());
        peer.reject(awaitOne(peer, "second"));
        Delivery letter = awaitOne(peer, "last");
        assertThat(trail(letter).deaths().stream().map(d -> d.place().queue()))
                .containsExactly("second", "first");
        assertThat(Objects.requireNonNull(trail(letter).first()).queue()).isEqualTo("first");
        assertThat(trail(letter).rekeyed()).isTrue();
    }

    @Test
    default void aMessageThatGoesRoundIsCountedAndOneThatNobodyRejectsIsDropped() {
        Peer peer = peer();
        QueuePolicy toItself = sendingTo("q");
        peer.declare(Specs.queue("q", toItself));
        peer.store("q", "a");
        peer.reject(peer.take("q").orElseThrow());
        Delivery again = awaitOne(peer, "q");
        peer.reject(again);
        Delivery third = awaitOne(peer, "q");
        assertThat(trail(third).deaths()).hasSize(1);
        assertThat(death(third).count()).isEqualTo(2);

        peer.declare(Specs.queue("round", sendingTo("round").with(new Expiry(1_000, -1))));
        peer.store("round", "b");
        rig().passMs(1_100);
        rig().await("it is dropped", () -> peer.stats("round").ready() == 0);
        rig().passMs(100);
        rig().quiesce();
        assertThat(peer.take("round")).isEmpty();
    }

    @Test
    default void whatNobodyTakesIsDropped() {
        Peer peer = peer();
        peer.declare(Specs.queue("q", sendingTo("nowhere")));
        peer.store("q", "a", "b");
        peer.reject(peer.take("q").orElseThrow());
        rig().quiesce();
        assertThat(Inbox.text(peer.take("q").orElseThrow())).isEqualTo("b");
    }

    @Test
    default void aQueueInMemoryAndOneOnDiskSendToEachOther() {
        Peer peer = peer();
        peer.queue("disk");
        peer.declare(Specs.queue("memory", Specs.IN_MEMORY));
        peer.declare(Specs.queue("from-disk", sendingTo("memory")));
        peer.declare(Specs.queue("from-memory", sendingTo("disk"), Specs.IN_MEMORY));
        peer.store("from-disk", "a");
        peer.store("from-memory", "b");
        peer.reject(peer.take("from-disk").orElseThrow());
        peer.reject(peer.take("from-memory").orElseThrow());
        assertThat(Inbox.text(awaitOne(peer, "memory"))).isEqualTo("a");
        assertThat(Inbox.text(awaitOne(peer, "disk"))).isEqualTo("b");
    }

    @Test
    default void manyDeadLettersKeepTheirOrder() {
        Peer peer = peer();
        peer.queue("dead");
        peer.declare(Specs.queue("q", sendingTo("dead").with(new Expiry(1_000, -1))));
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            List<String> texts = new ArrayList<>();
            for (int n = 0; n < 100; n++) {
                texts.add("m" + i + "." + n);
            }
            sent.addAll(texts);
            peer.store("q", texts.toArray(String[]::new));
        }
        rig().passMs(1_100);
        Inbox inbox = peer.consume("dead");
        rig().await("all of them", () -> inbox.size() == 1_000);
        assertThat(inbox.texts()).containsExactlyElementsOf(sent);
    }

    @Test
    default void whatAFullQueueRefusesGoesToTheDeadLettersWhereItSaysSo() {
        Peer peer = peer();
        peer.queue("dead");
        Limits one = new Limits(1, -1, Overflow.REFUSE_TO_DEAD_LETTERS);
        peer.declare(Specs.queue("q", sendingTo("dead").with(one)));
        peer.store("q", "a");
        assertThat(peer.publish(Peer.to("q"), "b")).isEqualTo(Outcome.REJECTED);
        Delivery letter = awaitOne(peer, "dead");
        assertThat(Inbox.text(letter)).isEqualTo("b");
        assertThat(death(letter).place().cause()).isEqualTo(Cause.OVERFLOWED);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(1, 0, 0));
    }
}
