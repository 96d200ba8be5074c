package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Filter;
import io.polylog.broker.Interest;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.SubscriptionState;
import io.polylog.broker.SubscriptionState.Share;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Named subscriptions as somebody sees them who keeps house: which there are, how they stand, and
/// how they end.
interface SubscriptionEndContract extends BrokerContract {
    TopicName T = TopicName.of("t");

    @Test
    default void subscriptionsAreListedAndDescribed() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));
        assertThat(rig().await(peer.session.subscriptions(T))).isEmpty();
        Inbox inbox = new Inbox();
        peer.consume(fromFirst(named("b"), 4), inbox);
        peer.consume(fromFirst(named("a"), 1), new Inbox()).close();
        store(peer, 0, "m0", "m1", "m2", "m3", "m4", "m5");
        rig().await("four", () -> inbox.size() == 4);
        List<Delivery> four = inbox.drain();
        peer.releaseLater(1_000_000, four.get(2));
        rig().await("one more", () -> inbox.size() == 1);
        peer.accept(four.get(0), four.get(3));
        rig().await("the last", () -> inbox.size() == 2);
        rig().await(peer.operations().pause(named("a"), true));

        assertThat(rig().await(peer.session.subscriptions(T))).containsOnlyKeys("a", "b");
        SubscriptionState b = describe(peer, named("b"));
        assertThat(b.consumers()).isEqualTo(1);
        assertThat(b.paused()).isFalse();
        assertThat(b.unsettled()).isEqualTo(4);
        assertThat(b.shares())
                .containsExactly(
                        new Share(0, 1, 6, 6, 0, 3, 1, 1), new Share(1, 0, 0, 0, 0, 0, 0, 0));
        SubscriptionState a = describe(peer, named("a"));
        assertThat(a.paused()).isTrue();
        assertThat(a.shares().getFirst()).isEqualTo(new Share(0, 0, 0, 6, 6, 0, 0, 0));
        assertThat(describe(peer, new SubscriptionRef(T, "b", 1)).shares()).hasSize(1);
        assertThat(rig().failure(() -> peer.session.describe(named("c"))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.subscriptions(TopicName.of("none"))))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void whatASubscriptionIsForIsKeptAndChanged() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));
        Interest first = Interest.in(new Filter("", Map.of(), List.of("a.*", "b.#"))).noted("mine");
        ConsumeSpec spec = fromFirst(named("s"), 100).with(first);
        Inbox inbox = new Inbox();
        peer.consume(spec, inbox).close();
        peer.consume(fromFirst(named("plain"), 1), new Inbox()).close();
        assertThat(rig().await(peer.session.subscriptions(T)))
                .isEqualTo(Map.of("plain", Interest.ALL, "s", first));

        Interest second = Interest.in(new Filter("", Map.of(), "c")).handled(3, 500).noted("new");
        rig().await(peer.session.alterSubscription(named("s"), second));

        assertThat(rig().await(peer.session.subscriptions(T)).get("s")).isEqualTo(second);
        assertThat(describe(peer, named("s")).interest()).isEqualTo(second);
        SubscriptionRef one = new SubscriptionRef(T, "s", 1);
        assertThat(rig().failure(() -> peer.session.alterSubscription(one, second)))
                .isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.session.alterSubscription(named("plain"), second)))
                .isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.session.alterSubscription(named("none"), second)))
                .isEqualTo(Kind.NOT_FOUND);
        for (Interest wrong :
                List.of(
                        Interest.in(Filter.sql("a = ")),
                        Interest.in(new Filter("", Map.of(), "x\0y")),
                        Interest.ALL.noted("x".repeat(Interest.MOST_NOTE_CHARS + 1)))) {
            assertThat(rig().failure(() -> peer.session.alterSubscription(named("s"), wrong)))
                    .isEqualTo(Kind.INVALID);
        }
    }

    @Test
    default void aDeletedSubscriptionIsGoneAndOneOfItsNameBeginsAnew() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        Inbox inbox = new Inbox();
        peer.consume(fromFirst(named("s"), 2), inbox);
        for (int partition = 0; partition < 3; partition++) {
            store(peer, partition, "a", "b");
        }
        rig().await("two", () -> inbox.size() == 2);
        peer.accept(inbox.deliveries.getFirst());
        rig().await("one more", () -> inbox.size() == 3);
        Delivery taken = rig().await(peer.session.take(named("s"), false)).orElseThrow();
        Inbox other = new Inbox();
        peer.consume(fromFirst(named("other"), 100), other);
        rig().await("the other's", () -> other.size() == 6);
        SubscriptionRef one = new SubscriptionRef(T, "s", 1);
        assertThat(rig().failure(() -> peer.session.deleteSubscription(one)))
                .isEqualTo(Kind.INVALID);

        assertThat(rig().await(peer.session.deleteSubscription(named("s")))).isEqualTo(2);
        rig().await("it is told", () -> inbox.cancelled);
        assertThat(rig().await(peer.session.subscriptions(T))).containsOnlyKeys("other");
        assertThat(rig().failure(() -> peer.session.deleteSubscription(named("s"))))
                .isEqualTo(Kind.NOT_FOUND);
        settleLate(peer, inbox.last());

        Inbox anew = new Inbox();
        peer().consume(fromFirst(named("s"), 100), anew);
        rig().await("all of it", () -> anew.size() == 6);
        assertThat(anew.deliveries).noneMatch(Delivery::redelivered);
        settleLate(peer, taken);
        settleLate(peer, inbox.deliveries.get(1));
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(0, 6, 1));
        assertThat(peer.stats(named("other"))).isEqualTo(new TopicStats(0, 6, 1));
        assertThat(other.cancelled).isFalse();
    }

    @Test
    default void aQueueForgetsWhatItKeptForADeletedSubscription() {
        Peer peer = peer();
        peer.queue("t");
        peer.consume(fromFirst(named("audit"), 1), new Inbox()).close();
        Inbox inbox = peer.consume("t");
        peer.store("t", "m0", "m1", "m2", "m3");
        rig().await("all", () -> inbox.size() == 4);
        peer.accept(inbox.deliveries.get(0), inbox.deliveries.get(1), inbox.deliveries.get(3));
        assertThat(peer.reader("t", 0).startOffset()).isZero();
        assertThat(rig().failure(() -> peer.session.deleteSubscription(Peer.own("t"))))
                .isEqualTo(Kind.INVALID);

        assertThat(rig().await(peer.session.deleteSubscription(named("audit")))).isEqualTo(4);
        rig().await("they are gone", () -> peer.reader("t", 0).startOffset() == 2);
        assertThat(peer.readTexts("t", 0)).containsExactly("m2");
        peer.release(inbox.deliveries.get(2));
        rig().await("its own goes on", () -> inbox.size() == 5);
        peer.accept(inbox.last());
        assertThat(peer.stats("t")).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void aSubscriptionHasALimitAndATimeOfItsOwn() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        Interest handled = Interest.ALL.handled(1, 500);
        Inbox inbox = new Inbox();
        inbox.goesOn = true;
        peer.consume(fromFirst(named("s"), 10).with(handled), inbox);
        Inbox patient = new Inbox();
        peer.consume(fromFirst(named("patient"), 10), patient);
        store(peer, 0, "m0", "m1");
        rig().await("both", () -> inbox.size() == 2 && patient.size() == 2);
        peer.release(inbox.deliveries.get(1));
        rig().await("it is back", () -> inbox.size() == 3);
        peer.release(inbox.last());
        rig().await("once too often", () -> inbox.exhausted.contains("1*1"));
        rig().await(
                        "so is what it keeps too long",
                        () -> {
                            rig().passMs(100);
                            return inbox.exhausted.size() == 2;
                        });
        assertThat(inbox.takenBack).containsExactly("0*0", "0*1");
        assertThat(inbox.exhausted).containsExactly("1*1", "0*1");
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(0, 0, 1));
        for (int i = 0; i < 3; i++) {
            peer.release(patient.drain().toArray(Delivery[]::new));
            rig().await("again", () -> patient.size() == 2);
        }
        assertThat(patient.exhausted).isEmpty();
        assertThat(peer.stats(named("patient"))).isEqualTo(new TopicStats(0, 2, 1));
        assertThat(describe(peer, named("s")).interest()).isEqualTo(handled);
        ConsumeSpec other = fromFirst(named("s"), 1).with(Interest.ALL.handled(2, 500));
        assertThat(rig().failure(() -> peer.session.consume(other, new Inbox())))
                .isEqualTo(Kind.CONFLICT);
    }

    @Test
    default void whatWasTakenIsHeldToTheLimitToo() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.consume(fromFirst(named("s"), 1).with(Interest.ALL.handled(0, 500)), new Inbox())
                .close();
        store(peer, 0, "m0", "m1");
        peer.release(rig().await(peer.session.take(named("s"), false)).orElseThrow());
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(1, 0, 0));
        Delivery late = rig().await(peer.session.take(named("s"), false)).orElseThrow();
        rig().await(
                        "it left",
                        () -> {
                            rig().passMs(100);
                            return peer.stats(named("s")).unsettled() == 0;
                        });
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(0, 0, 0));
        settleLate(peer, late);
    }

    /// As of a queue that is gone: no error, and no effect.
    private void settleLate(Peer peer, Delivery late) {
        try {
            peer.accept(late);
        } catch (BrokerException refused) {
            assertThat(refused.kind()).isEqualTo(Kind.CONFLICT);
        }
    }

    private SubscriptionState describe(Peer peer, SubscriptionRef ref) {
        return rig().await(peer.session.describe(ref));
    }

    private static SubscriptionRef named(String name) {
        return new SubscriptionRef(T, name);
    }

    private static ConsumeSpec fromFirst(SubscriptionRef ref, int credit) {
        return new ConsumeSpec(ref, false, false, 0, credit, Start.Edge.FIRST, null);
    }

    private void store(Peer peer, int partition, String... texts) {
        for (String text : texts) {
            peer.publish(new Address.Direct(T, partition), text);
        }
    }
}
