package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Purge;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.Reader;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/// Topics whose messages are removed one by one, for everybody.
interface RemovalContract extends BrokerContract {
    TopicName T = TopicName.of("t");

    static TopicSpec removable(String name, Lifetime lifetime) {
        return Specs.spec(name, Form.MESSAGES, 1, Retention.FOREVER.withRemoval(), lifetime);
    }

    @Test
    default void oneMayBeginLater() {
        Peer peer = peer();
        TopicSpec spec =
                new TopicSpec(
                        TopicName.of("late"),
                        Form.MESSAGES,
                        1,
                        Retention.FOREVER.withRemoval(),
                        Lifetime.DURABLE,
                        QueuePolicy.NONE.with(Admission.FREE.withIndex().from(1L << 40)),
                        Map.of());
        peer.declare(spec);
        assertThat(peer.reader("late", 0).startOffset()).isEqualTo(1L << 40);
        assertThat(peer.stats("late").ready()).isZero();
        peer.store("late", "a", "b");
        assertThat(peer.readTexts("late", 0)).containsExactly("a", "b");
        rig().await(peer.session.remove(TopicName.of("late"), 0, List.of(1L << 40)));
        assertThat(peer.reader("late", 0).startOffset()).isEqualTo((1L << 40) + 1);
        assertThat(peer.stats("late").ready()).isEqualTo(1);
    }

    @Test
    default void offsetsAreLeftOutAsIfTheirMessagesHadBeenRemoved() {
        Peer peer = filled(2);
        Inbox inbox = new Inbox();
        peer.consume(from(Start.Edge.FIRST, "s", 100), inbox);
        assertThat(rig().await(peer.session.skip(T, 0, 7))).isEqualTo(7);
        assertThat(rig().await(peer.session.skip(T, 0, 5))).isEqualTo(7);
        Reader reader = peer.reader("t", 0);
        assertThat(reader.endOffset()).isEqualTo(7);
        assertThat(rig().await(reader.read(2, 100)).records()).isEmpty();
        assertThat(rig().await(reader.heldBytes())).isEqualTo(4);
        peer.store("t", "m7", "m8");

        assertThat(rig().await(reader.read(2, 100)).records().getFirst().offset()).isEqualTo(7);
        assertThat(peer.readTexts("t", 0)).containsExactly("m0", "m1", "m7", "m8");
        assertThat(remove(peer, 3, 6)).containsExactly(false, false);
        assertThat(peer.stats("t").ready()).isEqualTo(4);
        assertThat(rig().await(reader.heldBytes())).isEqualTo(8);
        rig().await("all", () -> inbox.size() == 4);
        assertThat(inbox.deliveries.stream().map(Delivery::offset)).containsExactly(0L, 1L, 7L, 8L);
        inbox.deliveries.forEach(peer::accept);
        rig().await("nothing waits", () -> peer.stats(named("s")).unsettled() == 0);
        remove(peer, 0, 1, 7, 8);
        assertThat(reader.startOffset()).isEqualTo(9);
        assertThat(rig().await(peer.session.skip(T, 0, 1L << 22))).isEqualTo(1L << 22);
        assertThat(reader.startOffset()).isEqualTo(1L << 22);
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void noQueueLeavesOffsetsOut() {
        Peer peer = peer();
        peer.queue("q");
        assertThat(rig().failure(() -> peer.session.skip(TopicName.of("q"), 0, 7)))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void whatIsRemovedIsGoneAndTheOthersStay() {
        Peer peer = filled(8);
        assertThat(remove(peer, 5, 2, 5, 8, -1, 99))
                .containsExactly(true, true, true, false, false, false);
        assertThat(remove(peer, 5, 6)).containsExactly(false, true);

        assertThat(peer.readTexts("t", 0)).containsExactly("m0", "m1", "m3", "m4", "m7");
        assertThat(peer.stats("t")).isEqualTo(new TopicStats(5, 0, 0));
        Reader reader = peer.reader("t", 0);
        assertThat(reader.startOffset()).isZero();
        assertThat(rig().await(reader.read(5, 100)).records().getFirst().offset()).isEqualTo(7);
        assertThat(rig().await(reader.heldBytes())).isEqualTo(10);
        peer.store("t", "m8");
        assertThat(peer.readTexts("t", 0)).endsWith("m7", "m8");
    }

    @Test
    default void theStartFollowsAndTheEndStays() {
        Peer peer = filled(6);
        Reader reader = peer.reader("t", 0);
        remove(peer, 1, 2);
        assertThat(reader.startOffset()).isZero();
        remove(peer, 0);
        assertThat(reader.startOffset()).isEqualTo(3);
        assertThat(rig().await(reader.heldBytes())).isEqualTo(6);
        assertThat(remove(peer, 3, 4, 5)).containsOnly(true);
        assertThat(reader.startOffset()).isEqualTo(6);
        assertThat(reader.endOffset()).isEqualTo(6);
        assertThat(rig().await(reader.heldBytes())).isZero();
        assertThat(peer.stats("t").ready()).isZero();

        Expectation last = new Expectation(Scope.STREAM, 5);
        Publication next = new Publication(Peer.to("t"), Peer.content("next"), last);
        assertThat(rig().await(peer.send(List.of(next)))).containsExactly(Outcome.STORED);
        assertThat(peer.readTexts("t", 0)).containsExactly("next");
        assertThat(rig().await(peer.session.deleteTopic(T, false, false))).isEqualTo(1);
    }

    @Test
    default void subscriptionsNeitherGiveItNorWaitForIt() {
        Peer peer = filled(7);
        Inbox inbox = new Inbox();
        peer.consume(from(Start.Edge.FIRST, "s", 2), inbox);
        rig().await("two", () -> inbox.size() == 2);
        Delivery back = inbox.deliveries.getFirst();
        peer.release(back);
        rig().await("once more", () -> inbox.size() == 3);
        remove(peer, 0, 3, 5);
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(3, 1, 1));

        assertThat(rig().failure(() -> settle(peer, inbox.last()))).isEqualTo(Kind.CONFLICT);
        peer.accept(inbox.deliveries.get(1));
        rig().await("two more", () -> inbox.size() == 5);
        rig().quiesce();
        peer.accept(inbox.deliveries.get(3), inbox.deliveries.get(4));
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m0", "m1", "m0", "m2", "m4", "m6");
        peer.accept(inbox.last());
        assertThat(peer.stats(named("s"))).isEqualTo(new TopicStats(0, 0, 1));
    }

    @Test
    default void aConsumerThatStoppedIsNotGivenItLater() {
        Peer peer = filled(6);
        Inbox inbox = new Inbox();
        inbox.room = 1;
        io.polylog.broker.Consumer consumer = peer.consume(from(Start.Edge.FIRST, "s", 100), inbox);
        rig().await("one", () -> inbox.size() == 1);
        rig().quiesce();
        remove(peer, 2, 4, 5);
        rig().quiesce();
        inbox.room = 100;
        consumer.resume();
        rig().quiesce();

        assertThat(inbox.texts()).containsExactly("m0", "m1", "m3");
    }

    @Test
    default void aSubscriptionMadeLaterOrResetIsNotOwedIt() {
        Peer peer = filled(6);
        remove(peer, 1, 4);
        Inbox inbox = new Inbox();
        peer.consume(from(Start.Edge.FIRST, "s", 100), inbox);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m0", "m2", "m3", "m5");
        peer.accept(inbox.drain().toArray(Delivery[]::new));

        remove(peer, 3);
        assertThat(rig().await(peer.session.reset(named("s"), Start.Edge.FIRST))).isEqualTo(3);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m0", "m2", "m5");
        remove(peer, 5);
        Inbox last = new Inbox();
        peer.consume(from(Start.Edge.LAST, "last", 100), last);
        rig().quiesce();
        assertThat(last.texts()).containsExactly("m2");
    }

    @Test
    default void cursorsPassItOver() {
        Peer peer = filled(50);
        remove(peer, LongStream.range(0, 50).filter(each -> each % 3 > 0).toArray());
        Inbox inbox = new Inbox();
        peer.consume(from(new Start.Offset(10), "", 100), inbox);
        rig().quiesce();

        assertThat(inbox.deliveries.stream().map(Delivery::offset))
                .containsExactlyElementsOf(
                        LongStream.range(10, 50).filter(each -> each % 3 == 0).boxed().toList());
    }

    @Test
    default void aPurgeLeavesWhatItIsToldTo() {
        Peer peer = filled(10);
        remove(peer, 8, 5);
        assertThat(purge(peer, Purge.ALL.below(3))).isEqualTo(3);
        assertThat(peer.readTexts("t", 0)).containsExactly("m3", "m4", "m6", "m7", "m9");
        assertThat(purge(peer, Purge.ALL.keeping(3))).isEqualTo(2);
        assertThat(peer.readTexts("t", 0)).containsExactly("m6", "m7", "m9");
        assertThat(purge(peer, Purge.ALL.keeping(3))).isZero();
        assertThat(purge(peer, Purge.ALL.keeping(99))).isZero();
        assertThat(purge(peer, Purge.ALL.keeping(1).below(7))).isEqualTo(1);
        assertThat(peer.readTexts("t", 0)).containsExactly("m7", "m9");
        remove(peer, 7);
        assertThat(rig().await(peer.session.purge(T))).isEqualTo(1);
        peer.store("t", "a", "b");
        assertThat(purge(peer, Purge.ALL)).isEqualTo(2);
        assertThat(peer.reader("t", 0).startOffset()).isEqualTo(12);
    }

    @Test
    default void anyTopicIsPurgedButFromOneOfThemSingleMessagesAreRemoved() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.declare(Specs.stream("wide", 2));
        peer.queue("q");
        peer.store("t", "m0", "m1", "m2");
        assertThat(purge(peer, Purge.ALL.keeping(1))).isEqualTo(2);
        assertThat(peer.readTexts("t", 0)).containsExactly("m2");

        assertThat(rig().failure(() -> peer.session.remove(T, 0, List.of(2L))))
                .isEqualTo(Kind.INVALID);
        assertThat(rig().failure(() -> peer.session.remove(T, 1, List.of(2L))))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.remove(TopicName.of("x"), 0, List.of())))
                .isEqualTo(Kind.NOT_FOUND);
        assertThat(rig().failure(() -> peer.session.purge(TopicName.of("q"), Purge.ALL)))
                .isEqualTo(Kind.INVALID);
        assertThat(
                        rig().failure(() ->
                                peer.session.purge(TopicName.of("wide"), Purge.ALL.below(1))))
                .isEqualTo(Kind.INVALID);
        assertThat(rig().await(peer.session.purge(TopicName.of("wide"), Purge.ALL))).isZero();
        Retention other = Retention.FOREVER.withRemoval();
        assertThat(rig().failure(() -> peer.session.alterTopic(T, other, Map.of())))
                .isEqualTo(Kind.INVALID);
        Assertions.assertThatThrownBy(Retention.QUEUE::withRemoval)
                .isInstanceOf(IllegalArgumentException.class);
        Assertions.assertThatThrownBy(
                        () -> Specs.spec("b", Form.BATCHES, 1, other, Lifetime.DURABLE))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    default void whatLivesInMemoryIsRemovedToo() {
        Peer peer = peer();
        peer.declare(removable("t", Specs.IN_MEMORY));
        peer.store("t", "m0", "m1", "m2");
        assertThat(remove(peer, 1)).containsExactly(true);
        assertThat(peer.readTexts("t", 0)).containsExactly("m0", "m2");
    }

    // ------------------------------------------------------------------------------------------

    private Peer filled(int count) {
        Peer peer = peer();
        peer.declare(removable("t", Lifetime.DURABLE));
        peer.store("t", IntStream.range(0, count).mapToObj(i -> "m" + i).toArray(String[]::new));
        return peer;
    }

    private List<Boolean> remove(Peer peer, long... offsets) {
        return rig().await(peer.session.remove(T, 0, LongStream.of(offsets).boxed().toList()));
    }

    private long purge(Peer peer, Purge what) {
        return rig().await(peer.session.purge(T, what));
    }

    private static java.util.concurrent.CompletionStage<?> settle(Peer peer, Delivery delivery) {
        return peer.session.settle(List.of(delivery), io.polylog.broker.Settlement.ACCEPT, true);
    }

    private static SubscriptionRef named(String name) {
        return new SubscriptionRef(T, name);
    }

    private static ConsumeSpec from(Start start, String name, int credit) {
        return new ConsumeSpec(named(name), false, false, 0, credit, start, null);
    }

    /// What outlives the process.
    interface Durable extends RemovalContract {
        @Override
        Rig.Durable rig();

        @Test
        default void whatWasRemovedIsGoneAfterARestart() {
            Peer peer = peer();
            peer.declare(removable("t", Lifetime.DURABLE));
            peer.store(
                    "t", IntStream.range(0, 9_000).mapToObj(i -> "m" + i).toArray(String[]::new));
            long[] odd = LongStream.range(0, 9_000).filter(each -> each % 2 == 1).toArray();
            Inbox inbox = new Inbox();
            peer.consume(from(Start.Edge.FIRST, "s", 1), inbox);
            assertThat(rig().await(peer.session.remove(T, 0, LongStream.of(odd).boxed().toList())))
                    .containsOnly(true)
                    .hasSize(4_500);
            rig().checkpoint();
            rig().await(peer.session.remove(T, 0, List.of(8_998L, 0L)));
            rig().restart();

            Peer after = peer();
            assertThat(after.stats("t").ready()).isEqualTo(4_498);
            assertThat(after.stats(named("s")).ready()).isEqualTo(4_498);
            Reader reader = after.reader("t", 0);
            assertThat(reader.startOffset()).isEqualTo(2);
            assertThat(reader.endOffset()).isEqualTo(9_000);
            assertThat(after.readAll(reader, 10_000))
                    .hasSize(4_498)
                    .allMatch(entry -> entry.offset() % 2 == 0);
        }

        @Test
        default void whatWasLeftOutStaysSoAfterARestart() {
            Peer peer = peer();
            peer.declare(removable("t", Lifetime.DURABLE));
            peer.store("t", "m0");
            rig().await(peer.session.skip(T, 0, 20_000));
            peer.store("t", "m20000");
            rig().checkpoint();
            rig().await(peer.session.skip(T, 0, 40_000));
            peer.store("t", "m40000");
            rig().await(peer.session.skip(T, 0, 50_000));
            rig().restart();

            Peer after = peer();
            assertThat(after.reader("t", 0).endOffset()).isEqualTo(50_000);
            after.store("t", "m50000");
            Reader reader = after.reader("t", 0);
            assertThat(after.readAll(reader, 100).stream().map(entry -> entry.offset()))
                    .containsExactly(0L, 20_000L, 40_000L, 50_000L);
            assertThat(after.readTexts("t", 0)).containsExactly("m0", "m20000", "m40000", "m50000");
            assertThat(after.stats("t").ready()).isEqualTo(4);
        }
    }
}
