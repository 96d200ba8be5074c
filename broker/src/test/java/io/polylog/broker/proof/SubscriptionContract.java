package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Named subscriptions of topics that are kept: what they are owed, and from where.
interface SubscriptionContract extends BrokerContract {

    @Test
    default void aSubscriptionIsOwedAgainWhatItHasSettled() {
        Peer peer = peer();
        peer.declare(Specs.stream("s", 1));
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("s"), "again");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(ref, false, false, 0, 100), inbox);
        peer.store("s", "m0", "m1", "m2", "m3", "m4");
        rig().await("all", () -> inbox.size() == 5);
        List<Delivery> first = inbox.drain();
        peer.accept(first.get(0), first.get(1), first.get(2), first.get(4));
        long count = rig().await(peer.session.reset(ref, new Start.Offset(1)));
        assertThat(count).as("all but what is in flight").isEqualTo(3);
        rig().await("those once more", () -> inbox.size() == 3);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m1", "m2", "m4");
        peer.accept(first.get(3));
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        assertThat(peer.stats(ref)).isEqualTo(new TopicStats(0, 0, 1));
        rig().await(peer.session.reset(ref, new Start.Time(0)));
        rig().await("everything", () -> inbox.size() == 5);
        assertThat(inbox.texts()).containsExactly("m0", "m1", "m2", "m3", "m4");
        peer.queue("q");
        SubscriptionRef none = new SubscriptionRef(TopicName.of("s"), "none");
        assertThat(rig().failure(() -> peer.session.reset(none, Start.Edge.FIRST)))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.reset(Peer.own("q"), Start.Edge.FIRST)))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void aNamedSubscriptionCoversEveryPartitionFromNowOn() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        storeInEach(peer, 3, "old");
        Inbox inbox = new Inbox();
        SubscriptionRef billing = new SubscriptionRef(TopicName.of("t"), "billing");
        peer.consume(new ConsumeSpec(billing, false, false, 0, 100), inbox);
        storeInEach(peer, 3, "new");
        rig().await("one of each partition", () -> inbox.size() == 3);
        rig().quiesce();

        assertThat(inbox.texts()).containsExactly("new", "new", "new");
        assertThat(inbox.deliveries.stream().map(Delivery::partition))
                .containsExactlyInAnyOrder(0, 1, 2);
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        assertThat(peer.readTexts("t", 1)).containsExactly("old", "new");
    }

    @Test
    default void aNamedSubscriptionBeginsWhereItsFirstConsumerSays() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        for (int i = 0; i < 5; i++) {
            storeInEach(peer, 1, "m" + i);
        }

        assertThat(from(peer, "first", Start.Edge.FIRST, 5))
                .containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(from(peer, "last", Start.Edge.LAST, 1)).containsExactly("m4");
        assertThat(from(peer, "two", new Start.Offset(2), 3)).containsExactly("m2", "m3", "m4");
        assertThat(from(peer, "before", new Start.Offset(-9), 5)).hasSize(5);
        assertThat(from(peer, "epoch", new Start.Time(0), 5)).hasSize(5);
        assertThat(from(peer, "next", Start.Edge.NEXT, 0)).isEmpty();
        assertThat(from(peer, "beyond", new Start.Offset(99), 0)).isEmpty();
        assertThat(from(peer, "future", new Start.Time(Long.MAX_VALUE), 0)).isEmpty();
        // What there is stays where it was: the start is the first consumer's to say.
        assertThat(from(peer, "next", Start.Edge.FIRST, 0)).isEmpty();
    }

    @Test
    default void aPartitionAddedLaterIsOwedToASubscriptionFromItsBeginning() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));
        storeInEach(peer, 2, "old");
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), "billing");
        peer.consume(new ConsumeSpec(ref, false, false, 0, 100), new Inbox()).close();
        rig().await(peer.session.addPartitions(TopicName.of("t"), 4));
        storeInEach(peer, 4, "new");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(ref, false, false, 0, 100), inbox);
        rig().await("one of each", () -> inbox.size() == 4);
        rig().quiesce();

        assertThat(inbox.texts()).containsOnly("new").hasSize(4);
    }

    @Test
    default void aConsumerGetsPartitionsThatAreAddedLater() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        Inbox inbox = subscribe(peer, "billing");
        Inbox sole = new Inbox();
        peer.consume(new ConsumeSpec(part("audit", 0), false, false, 0, 100), sole);
        rig().await(peer().session.addPartitions(TopicName.of("t"), 3));
        storeInEach(peer, 3, "a");
        rig().await("one of each", () -> inbox.size() == 3);
        rig().await(peer().session.addPartitions(TopicName.of("t"), 4));
        storeInEach(peer, 4, "b");
        rig().await("again", () -> inbox.size() == 7);
        rig().quiesce();

        assertThat(inbox.deliveries.stream().map(Delivery::partition))
                .containsExactlyInAnyOrder(0, 0, 1, 1, 2, 2, 3);
        assertThat(sole.texts()).containsExactly("a", "b");
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        assertThat(peer.stats(new SubscriptionRef(TopicName.of("t"), "billing")))
                .isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void oneThatIsClosedWhileItsTopicGrowsHoldsNothing() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), "billing");
        Consumer closing = peer.consume(new ConsumeSpec(ref, false, false, 0, 100), new Inbox());
        var growing = peer.session.addPartitions(TopicName.of("t"), 3);
        closing.close();
        rig().await(growing);
        storeInEach(peer, 3, "a");
        rig().quiesce();

        assertThat(peer.stats(ref).consumers()).isZero();
        assertThat(peer.stats(ref).unsettled()).isZero();
        Inbox inbox = subscribe(peer, "billing");
        rig().await("all of it", () -> inbox.size() == 3);
    }

    @Test
    default void onePartitionCanBeConsumedAndTakenFromAlone() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        storeInEach(peer, 3, "old");
        Inbox inbox = new Inbox();
        Start first = new Start.Offset(0);
        peer.consume(new ConsumeSpec(part("s", 1), false, false, 0, 100, first, null), inbox);
        storeInEach(peer, 3, "new");
        rig().await("its two", () -> inbox.size() == 2);
        rig().quiesce();

        assertThat(inbox.texts()).containsExactly("old", "new");
        assertThat(peer.stats(part("s", 1))).isEqualTo(new TopicStats(0, 2, 1));
        // The subscription is one, made whole: the others hold what they are owed.
        SubscriptionRef whole = new SubscriptionRef(TopicName.of("t"), "s");
        assertThat(peer.stats(whole)).isEqualTo(new TopicStats(4, 2, 1));
        assertThat(peer.stats(part("", 2)).ready()).isEqualTo(2);
        Delivery taken = rig().await(peer.session.take(part("s", 2), false)).orElseThrow();
        assertThat(taken.partition()).isEqualTo(2);
        assertThat(peer.stats(part("s", 2))).isEqualTo(new TopicStats(1, 1, 0));
        assertThat(rig().failure(() -> peer.session.take(part("s", 3), false)))
                .isEqualTo(Kind.NOT_FOUND);
    }

    @Test
    default void takingGoesThroughAllPartitions() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        storeInEach(peer, 3, "old");
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), "s");
        assertThat(rig().await(peer.session.take(ref, true))).isEmpty();
        storeInEach(peer, 3, "new");

        for (int i = 0; i < 3; i++) {
            assertThat(rig().await(peer.session.take(ref, true))).isPresent();
        }
        assertThat(rig().await(peer.session.take(ref, true))).isEmpty();
        assertThat(peer.stats(ref)).isEqualTo(new TopicStats(0, 0, 0));
    }

    @Test
    default void purgingASubscriptionSettlesWhatIsReadyForItAlone() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));
        Inbox audit = subscribe(peer, "audit");
        SubscriptionRef billing = new SubscriptionRef(TopicName.of("t"), "billing");
        peer.consume(new ConsumeSpec(billing, false, false, 0, 1), new Inbox()).close();
        storeInEach(peer, 2, "a");
        rig().await("audit's", () -> audit.size() == 2);
        assertThat(peer.stats(billing)).isEqualTo(new TopicStats(2, 0, 0));

        assertThat(rig().await(peer.session.purge(billing))).isEqualTo(2);
        assertThat(peer.stats(billing)).isEqualTo(new TopicStats(0, 0, 0));
        assertThat(peer.stats(new SubscriptionRef(TopicName.of("t"), "audit")))
                .isEqualTo(new TopicStats(0, 2, 1));
        assertThat(peer.stats("t").ready()).isEqualTo(2);
    }

    private static SubscriptionRef part(String name, int partition) {
        return new SubscriptionRef(TopicName.of("t"), name, partition);
    }

    private List<String> from(Peer peer, String name, Start start, int count) {
        Inbox inbox = new Inbox();
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), name);
        Consumer consumer =
                peer.consume(new ConsumeSpec(ref, false, false, 0, 100, start, null), inbox);
        rig().await(name, () -> inbox.size() == count);
        rig().quiesce();
        assertThat(inbox.deliveries).noneMatch(Delivery::redelivered);
        consumer.close();
        return inbox.texts();
    }

    @Test
    default void twoSubscriptionsOfATopicEachGetEverything() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        Inbox billing = subscribe(peer, "billing");
        Inbox audit = subscribe(peer, "audit");
        storeInEach(peer, 1, "a");
        storeInEach(peer, 1, "b");
        rig().await("both", () -> billing.size() == 2 && audit.size() == 2);
        peer.accept(billing.drain().toArray(Delivery[]::new));
        rig().quiesce();

        peer.close();
        Peer next = peer();
        Inbox auditAgain = subscribe(next, "audit");
        Inbox billingAgain = subscribe(next, "billing");
        rig().await("audit's two again", () -> auditAgain.size() == 2);
        rig().quiesce();
        assertThat(auditAgain.deliveries).allMatch(d -> d.redelivered() && d.attempt() == 1);
        assertThat(billingAgain.deliveries).isEmpty();
    }

    private Inbox subscribe(Peer peer, String name) {
        Inbox inbox = new Inbox();
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), name);
        peer.consume(new ConsumeSpec(ref, false, false, 0, 100), inbox);
        return inbox;
    }

    private void storeInEach(Peer peer, int partitions, String text) {
        for (int p = 0; p < partitions; p++) {
            Address address = new Address.Direct(TopicName.of("t"), p);
            assertThat(peer.publish(address, text)).isEqualTo(Outcome.STORED);
        }
    }
}
