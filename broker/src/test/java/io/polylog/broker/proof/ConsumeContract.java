package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Being fed from a queue: order, credit, priority, exclusiveness.
interface ConsumeContract extends BrokerContract {

    @Test
    default void aConsumerGetsWhatIsThereAndWhatComesInOrder() {
        Peer peer = peer();
        peer.queue("q");
        store(peer, "q", 0, 50);
        Inbox inbox = peer.consume("q");
        store(peer, "q", 50, 100);
        rig().await("all deliveries", () -> inbox.size() == 100);

        assertThat(inbox.texts()).containsExactlyElementsOf(texts(0, 100));
        assertThat(inbox.deliveries).allMatch(d -> d.attempt() == 0 && !d.redelivered());
        assertThat(inbox.deliveries.stream().map(Delivery::offset)).isSorted();
        assertThat(inbox.deliveries)
                .allMatch(d -> d.topic().equals(TopicName.of("q")) && d.partition() == 0);
        rig().await("the end of a round", () -> inbox.rounds > 0);
    }

    @Test
    default void creditBoundsWhatIsUnsettled() {
        Peer peer = peer();
        peer.queue("q");
        store(peer, "q", 0, 10);
        Inbox inbox = new Inbox();
        Consumer consumer = peer.consume(Peer.spec("q", 3), inbox);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactlyElementsOf(texts(0, 3));

        peer.accept(inbox.deliveries.get(1));
        rig().await("one more", () -> inbox.size() == 4);
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(4);

        consumer.credit(5);
        rig().await("two more", () -> inbox.size() == 6);
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(6);
        assertThat(inbox.texts()).containsExactlyElementsOf(texts(0, 6));
    }

    @Test
    default void aConsumerWithoutCreditGetsNothingAndLessCreditTakesNothingBack() {
        Peer peer = peer();
        peer.queue("q");
        store(peer, "q", 0, 10);
        Inbox inbox = new Inbox();
        Consumer consumer = peer.consume(Peer.spec("q", 0), inbox);
        rig().quiesce();
        assertThat(inbox.deliveries).isEmpty();

        consumer.credit(4);
        rig().await("four", () -> inbox.size() == 4);
        consumer.credit(2);
        peer.accept(inbox.deliveries.get(0));
        peer.accept(inbox.deliveries.get(1));
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(4);
        peer.accept(inbox.deliveries.get(2));
        rig().await("the fifth", () -> inbox.size() == 5);
    }

    @Test
    default void aConsumerThatAsksToStopGetsNoMoreUntilItResumes() {
        Peer peer = peer();
        peer.queue("q");
        store(peer, "q", 0, 10);
        Inbox inbox = new Inbox();
        inbox.room = 4;
        Consumer consumer = peer.consume(Peer.spec("q", 100), inbox);
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(4);

        inbox.room = 2;
        consumer.resume();
        rig().quiesce();
        assertThat(inbox.size()).isEqualTo(6);
        inbox.room = 100;
        consumer.resume();
        rig().await("the rest", () -> inbox.size() == 10);
        assertThat(inbox.texts()).containsExactlyElementsOf(texts(0, 10));
    }

    @Test
    default void consumersShareAQueueAndEachMessageGoesToOne() {
        Peer one = peer();
        Peer two = peer();
        one.queue("q");
        Inbox first = one.consume("q", 10);
        Inbox second = two.consume("q", 10);
        for (int i = 0; i < 100; i++) {
            one.store("q", "m" + i);
            acceptFresh(one, first);
            acceptFresh(two, second);
        }
        rig().await("all", () -> first.size() + second.size() == 100);

        List<String> all = new ArrayList<>(first.texts());
        all.addAll(second.texts());
        assertThat(all).containsExactlyInAnyOrderElementsOf(texts(0, 100));
        assertThat(first.size()).isGreaterThan(20);
        assertThat(second.size()).isGreaterThan(20);
    }

    @Test
    default void theHigherPriorityIsServedFirstWhileItHasCredit() {
        Peer peer = peer();
        peer.queue("q");
        Inbox low = new Inbox();
        Inbox high = new Inbox();
        peer.consume(new ConsumeSpec(Peer.own("q"), false, false, 0, 100), low);
        peer.consume(new ConsumeSpec(Peer.own("q"), false, false, 5, 3), high);
        store(peer, "q", 0, 10);
        rig().await("all", () -> low.size() + high.size() == 10);

        assertThat(high.texts()).containsExactlyElementsOf(texts(0, 3));
        assertThat(low.texts()).containsExactlyElementsOf(texts(3, 10));
    }

    @Test
    default void anExclusiveConsumerIsAlone() {
        Peer peer = peer();
        Peer other = peer();
        peer.queue("q");
        ConsumeSpec exclusive = new ConsumeSpec(Peer.own("q"), false, true, 0, 10);
        Consumer first = peer.consume(exclusive, new Inbox());

        assertThat(rig().failure(() -> other.session.consume(Peer.spec("q", 1), new Inbox())))
                .isIn(Kind.LOCKED, Kind.IN_USE);
        first.close();
        rig().quiesce();
        Inbox shared = other.consume("q");
        assertThat(rig().failure(() -> peer.session.consume(exclusive, new Inbox())))
                .isEqualTo(Kind.IN_USE);
        peer.store("q", "a");
        rig().await("it is delivered", () -> shared.size() == 1);
    }

    @Test
    default void aClosedConsumerGetsNothingMoreAndItsDeliveriesStayWithTheSession() {
        Peer peer = peer();
        Peer other = peer();
        peer.queue("q");
        store(peer, "q", 0, 5);
        Inbox inbox = new Inbox();
        Consumer consumer = peer.consume(Peer.spec("q", 2), inbox);
        rig().await("two", () -> inbox.size() == 2);
        consumer.close();
        Inbox next = other.consume("q");
        rig().await("the rest goes on", () -> next.size() == 3);
        rig().quiesce();

        assertThat(inbox.texts()).containsExactly("m0", "m1");
        assertThat(next.texts()).containsExactly("m2", "m3", "m4");
        peer.accept(inbox.deliveries.get(0), inbox.deliveries.get(1));
        assertThat(peer.stats("q").unsettled()).isEqualTo(3);
    }

    @Test
    default void takeGivesOneMessageAndNothingWhenThereIsNone() {
        Peer peer = peer();
        peer.queue("q");
        assertThat(peer.take("q")).isEmpty();
        store(peer, "q", 0, 2);

        Delivery first = peer.take("q").orElseThrow();
        Delivery second = peer.take("q").orElseThrow();
        assertThat(Inbox.text(first)).isEqualTo("m0");
        assertThat(Inbox.text(second)).isEqualTo("m1");
        assertThat(peer.take("q")).isEmpty();
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 2, 0));
        peer.accept(first, second);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
    }

    @Test
    default void statsCountWhatIsReadyUnsettledAndAttached() {
        Peer peer = peer();
        peer.queue("q");
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
        store(peer, "q", 0, 10);
        Inbox inbox = peer.consume("q", 4);
        rig().await("four", () -> inbox.size() == 4);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(6, 4, 1));
        peer.accept(inbox.deliveries.get(0));
        rig().await("one more", () -> inbox.size() == 5);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(5, 4, 1));
    }

    @Test
    default void purgeRemovesWhatIsReadyAndNotWhatIsInFlight() {
        Peer peer = peer();
        peer.queue("q");
        store(peer, "q", 0, 10);
        Inbox inbox = peer.consume("q", 4);
        rig().await("four", () -> inbox.size() == 4);

        assertThat(rig().await(peer.session.purge(TopicName.of("q")))).isEqualTo(6);
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 4, 1));
        peer.release(inbox.drain().toArray(Delivery[]::new));
        rig().await("they come again", () -> inbox.size() == 4);
        assertThat(inbox.texts()).containsExactlyElementsOf(texts(0, 4));
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        store(peer, "q", 10, 11);
        rig().await("the next", () -> inbox.size() == 1);
        assertThat(inbox.texts()).containsExactly("m10");
    }

    @Test
    default void aConsumerThatNeedNotSettleHasNothingUnsettled() {
        Peer peer = peer();
        peer.queue("q");
        store(peer, "q", 0, 30);
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(Peer.own("q"), true, false, 0, Integer.MAX_VALUE), inbox);
        rig().await("all", () -> inbox.size() == 30);

        assertThat(inbox.texts()).containsExactlyElementsOf(texts(0, 30));
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 0, 1));
        peer.close();
        assertThat(peer().take("q")).isEmpty();
        Peer next = peer();
        next.store("q", "x");
        assertThat(rig().await(next.session.take(Peer.own("q"), true))).isPresent();
        assertThat(next.stats("q")).isEqualTo(new TopicStats(0, 0, 0));
    }

    private static void acceptFresh(Peer peer, Inbox inbox) {
        Delivery[] fresh = inbox.fresh().toArray(Delivery[]::new);
        if (fresh.length > 0) {
            peer.accept(fresh);
        }
    }

    private static void store(Peer peer, String queue, int from, int to) {
        peer.store(queue, texts(from, to).toArray(String[]::new));
    }

    private static List<String> texts(int from, int to) {
        return IntStream.range(from, to).mapToObj(i -> "m" + i).toList();
    }

    /// Only some of them may read ahead at a time: each gets its turn.
    @Test
    default void manyConsumersThatSettleNothingShareARoomAndEachGetsEverything() {
        Peer peer = peer();
        List<Inbox> inboxes = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            peer.queue("q" + i);
            Inbox inbox = new Inbox();
            inboxes.add(inbox);
            SubscriptionRef own = Peer.own("q" + i);
            peer.consume(new ConsumeSpec(own, true, false, 0, Integer.MAX_VALUE), inbox);
        }
        byte[] large = new byte[100_000];
        for (int i = 0; i < 12; i++) {
            List<Publication> batch =
                    Collections.nCopies(5, new Publication(Peer.to("q" + i), Peer.content(large)));
            assertThat(rig().await(peer.send(batch))).containsOnly(Outcome.STORED);
        }
        rig().await("all", () -> inboxes.stream().allMatch(inbox -> inbox.size() == 5));
        for (int i = 0; i < 12; i++) {
            assertThat(peer.stats("q" + i)).isEqualTo(new TopicStats(0, 0, 1));
        }
    }
}
