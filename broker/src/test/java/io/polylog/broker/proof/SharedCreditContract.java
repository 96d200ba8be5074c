package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.SharedCredit;
import io.polylog.broker.TopicStats;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Several consumers of one session under one limit.
interface SharedCreditContract extends BrokerContract {

    @Test
    default void consumersThatShareALimitKeepToItTogether() {
        Peer peer = peer();
        peer.queue("a");
        peer.queue("b");
        SharedCredit shared = peer.session.sharedCredit();
        shared.limit(4);
        Inbox a = sharing(peer, "a", shared, 3);
        Inbox b = sharing(peer, "b", shared, 100);
        store(peer, "a", 10);
        rig().await("all that one may have", () -> a.size() == 3);
        store(peer, "b", 10);
        rig().await("the rest", () -> b.size() == 1);
        rig().quiesce();
        assertThat(a.size() + b.size()).isEqualTo(4);
        assertThat(peer().stats("b")).isEqualTo(new TopicStats(9, 1, 1));

        peer.accept(a.drain().toArray(Delivery[]::new));
        rig().await("what was put back", () -> a.size() + b.size() == 4);
        rig().quiesce();
        assertThat(a.size() + b.size()).isEqualTo(4);
        assertThat(b.size()).isPositive();
        shared.limit(Integer.MAX_VALUE);
        rig().await("all of it", () -> b.size() == 10);
        assertThat(a.size()).isLessThanOrEqualTo(3);
    }

    @Test
    default void eachOfThoseThatShareALimitGetsItsTurn() {
        Peer peer = peer();
        SharedCredit shared = peer.session.sharedCredit();
        shared.limit(1);
        List<Inbox> inboxes = new ArrayList<>();
        for (String queue : List.of("a", "b", "c")) {
            peer.queue(queue);
            inboxes.add(sharing(peer, queue, shared, 100));
            store(peer, queue, 100);
        }
        int accepted = 0;
        while (accepted < 60) {
            int before = accepted;
            rig().await("one more", () -> sum(inboxes) > before);
            accepted = sum(inboxes);
            inboxes.forEach(inbox -> acceptFresh(peer, inbox));
        }
        assertThat(inboxes).extracting(Inbox::size).allMatch(size -> size >= 15);
    }

    /// As a client does that sets its channel's limit again and again.
    @Test
    default void theSameLimitSaidOftenStaysThatLimit() {
        Peer peer = peer();
        peer.queue("a");
        SharedCredit shared = peer.session.sharedCredit();
        Inbox a = sharing(peer, "a", shared, 100);
        for (int i = 0; i < 10_000; i++) {
            shared.limit(Integer.MAX_VALUE);
        }
        store(peer, "a", 10);
        rig().await("all of it", () -> a.size() == 10);
    }

    private static int sum(List<Inbox> inboxes) {
        return inboxes.stream().mapToInt(Inbox::size).sum();
    }

    @Test
    default void aConsumerThatGoesLeavesItsShareToTheOthers() {
        Peer peer = peer();
        peer.queue("a");
        peer.queue("b");
        SharedCredit shared = peer.session.sharedCredit();
        shared.limit(2);
        Inbox a = new Inbox();
        a.room = 1; // the second stays assigned to it, undelivered
        Consumer gone = peer.consume(sharingSpec("a", shared, 100), a);
        store(peer, "a", 5);
        rig().await("one", () -> a.size() == 1);
        rig().quiesce();
        Inbox b = sharing(peer, "b", shared, 100);
        store(peer, "b", 5);
        rig().quiesce();
        assertThat(b.deliveries).isEmpty();

        gone.close();
        rig().await("the share of the undelivered one", () -> b.size() == 1);
        peer.accept(a.drain().toArray(Delivery[]::new));
        rig().await("and of the delivered one", () -> b.size() == 2);
        rig().quiesce();
        assertThat(b.size()).isEqualTo(2);
    }

    private Inbox sharing(Peer peer, String queue, SharedCredit shared, int credit) {
        Inbox inbox = new Inbox();
        peer.consume(sharingSpec(queue, shared, credit), inbox);
        return inbox;
    }

    private static ConsumeSpec sharingSpec(String queue, SharedCredit shared, int credit) {
        return new ConsumeSpec(Peer.own(queue), false, false, 0, credit, Start.Edge.NEXT, shared);
    }

    private static void store(Peer peer, String queue, int count) {
        peer.store(queue, IntStream.range(0, count).mapToObj(i -> "m" + i).toArray(String[]::new));
    }

    private static void acceptFresh(Peer peer, Inbox inbox) {
        Delivery[] fresh = inbox.fresh().toArray(Delivery[]::new);
        if (fresh.length > 0) {
            peer.accept(fresh);
        }
    }
}
