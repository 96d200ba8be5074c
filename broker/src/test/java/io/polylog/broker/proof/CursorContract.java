package io.polylog.broker.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Consumers that read a topic for themselves.
interface CursorContract extends BrokerContract {

    @Test
    default void everyCursorGetsEverythingFromWhereItWants() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "m0", "m1", "m2", "m3");

        Inbox first = cursor(peer, Start.Edge.FIRST, 100);
        Inbox again = cursor(peer, Start.Edge.FIRST, 100);
        Inbox last = cursor(peer, Start.Edge.LAST, 100);
        Inbox next = cursor(peer, Start.Edge.NEXT, 100);
        Inbox two = cursor(peer, new Start.Offset(2), 100);
        Inbox beyond = cursor(peer, new Start.Offset(5), 100);
        Inbox epoch = cursor(peer, new Start.Time(0), 100);
        peer.store("t", "m4", "m5");
        rig().await("the newest everywhere", () -> beyond.size() == 1 && epoch.size() == 6);
        rig().quiesce();

        assertThat(first.texts()).containsExactly("m0", "m1", "m2", "m3", "m4", "m5");
        assertThat(again.texts()).isEqualTo(first.texts());
        assertThat(epoch.texts()).isEqualTo(first.texts());
        assertThat(last.texts()).containsExactly("m3", "m4", "m5");
        assertThat(next.texts()).containsExactly("m4", "m5");
        assertThat(two.texts()).containsExactly("m2", "m3", "m4", "m5");
        assertThat(beyond.texts()).containsExactly("m5");
        assertThat(two.deliveries.stream().map(Delivery::offset)).containsExactly(2L, 3L, 4L, 5L);
        assertThat(peer.readTexts("t", 0)).hasSize(6);
    }

    @Test
    default void settlementsOnlyMakeRoomForMore() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", IntStream.range(0, 10).mapToObj(i -> "m" + i).toArray(String[]::new));
        Inbox inbox = cursor(peer, Start.Edge.FIRST, 3);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m0", "m1", "m2");

        List<Delivery> held = inbox.drain();
        peer.release(held.get(0));
        peer.reject(held.get(1));
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m3", "m4");
        peer.accept(held.get(2), inbox.deliveries.get(0), inbox.deliveries.get(1));
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m3", "m4", "m5", "m6", "m7");

        assertThat(peer.stats("t").ready()).isEqualTo(10);
    }

    @Test
    default void oneThatPausesGoesOnWhereItStopped() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "m0", "m1", "m2", "m3", "m4");
        Inbox inbox = new Inbox();
        inbox.room = 2;
        Consumer cursor = peer.consume(spec(Start.Edge.FIRST, 100), inbox);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m0", "m1");

        inbox.room = 100;
        cursor.resume();
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(inbox.rounds).isPositive();

        cursor.close();
        peer.store("t", "m5");
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(5);
        peer.accept(inbox.drain().toArray(Delivery[]::new));
    }

    @Test
    default void itEndsWithItsTopicEvenWithoutCredit() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "m0", "m1");
        Inbox waiting = cursor(peer, Start.Edge.NEXT, 100);
        Inbox full = cursor(peer, Start.Edge.FIRST, 1);
        rig().quiesce();
        peer.delete("t");
        rig().quiesce();

        assertThat(waiting.cancelled).isTrue();
        assertThat(full.cancelled).isTrue();
        peer.accept(full.drain().toArray(Delivery[]::new));
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "other");
        rig().quiesce();
        assertThat(full.texts()).isEmpty();
    }

    @Test
    default void aBatchIsDeliveredMessageByMessage() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 1));
        String bytes = Appends.ROOM + "a,b,c";
        peer.append(Appends.of("t", 0, null, 3, ByteBuffer.wrap(bytes.getBytes(UTF_8)), List.of()));
        Inbox inbox = cursor(peer, new Start.Offset(1), 1);
        rig().quiesce();
        assertThat(inbox.deliveries).hasSize(1);
        peer.accept(inbox.last());
        rig().quiesce();

        assertThat(inbox.deliveries.stream().map(Delivery::offset)).containsExactly(1L, 2L);
        assertThat(inbox.deliveries.stream().map(Delivery::indexInRecord)).containsExactly(1, 2);
        assertThat(inbox.deliveries).allMatch(Delivery::batch);
    }

    @Test
    default void itReadsOnePartition() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 3));
        assertThat(
                        rig().failure(() ->
                                peer.session.consume(spec(Start.Edge.FIRST, 1), new Inbox())))
                .isEqualTo(Kind.INVALID);

        SubscriptionRef second = new SubscriptionRef(TopicName.of("t"), "", 1);
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(second, false, false, 0, 10, Start.Edge.FIRST, null), inbox);
        peer.publish(new Address.Direct(TopicName.of("t"), 1), "m");
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m");
    }

    @Test
    default void whatIsNotKeptAnyMoreIsPassedOver() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "m0", "m1", "m2");
        rig().await(peer.session.trim(TopicName.of("t"), 0, 2));
        Inbox inbox = cursor(peer, new Start.Offset(0), 10);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m2");
    }

    private Inbox cursor(Peer peer, Start start, int credit) {
        Inbox inbox = new Inbox();
        peer.consume(spec(start, credit), inbox);
        return inbox;
    }

    private static ConsumeSpec spec(Start start, int credit) {
        return new ConsumeSpec(Peer.own("t"), false, false, 0, credit, start, null);
    }
}
