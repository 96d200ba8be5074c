package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import io.polylog.broker.Reader;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Queues that keep what is settled: it can be read by offset, and delivered once more.
interface KeepContract extends BrokerContract {
    long HOUR_MS = 3_600_000;
    QueuePolicy HOUR = QueuePolicy.NONE.with(new Keep(HOUR_MS, -1));

    @Test
    default void aQueueGivesAgainWhatItKeeps() {
        Peer peer = keeping(HOUR);
        peer.store("q", "m0", "m1", "m2", "m3", "m4");
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 5);
        List<Delivery> first = inbox.drain();
        peer.accept(first.get(0), first.get(1), first.get(2), first.get(4));
        rig().quiesce();
        assertThat(peer.stats("q")).isEqualTo(new TopicStats(0, 1, 1));

        assertThat(reset(peer, new Start.Offset(1))).as("all but what is in flight").isEqualTo(3);
        rig().await("those once more", () -> inbox.size() == 3);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("m1", "m2", "m4");
        peer.accept(first.get(3));
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        assertThat(reset(peer, Start.Edge.FIRST)).isEqualTo(5);
        rig().await("everything", () -> inbox.size() == 5);
        assertThat(inbox.texts()).containsExactly("m0", "m1", "m2", "m3", "m4");
        assertThat(reset(peer, Start.Edge.NEXT)).isZero();
    }

    @Test
    default void aQueueGivesAgainWhatCameSinceATime() {
        Peer peer = keeping(HOUR);
        peer.store("q", "old");
        rig().passMs(60_000);
        peer.store("q", "m1", "m2");
        takeAll(peer, 3);
        long sinceMs = rig().await(peer.reader("q", 0).read(1, 1)).records().getFirst().timeMs();

        assertThat(reset(peer, new Start.Time(sinceMs))).isEqualTo(2);
        assertThat(takeAll(peer, 2)).containsExactly("m1", "m2");
        assertThat(reset(peer, Start.Edge.LAST)).isEqualTo(1);
        assertThat(takeAll(peer, 1)).containsExactly("m2");
    }

    @Test
    default void aQueueIsReadByOffsetWithWhatItKeeps() {
        Peer peer = keeping(HOUR);
        peer.store("q", "m0", "m1", "m2", "m3");
        Delivery m0 = peer.take("q").orElseThrow();
        Delivery m1 = peer.take("q").orElseThrow();
        peer.accept(m1);
        rig().quiesce();

        assertThat(peer.readTexts("q", 0)).containsExactly("m0", "m1", "m2", "m3");
        peer.accept(m0);
        takeAll(peer, 2);
        assertThat(peer.readTexts("q", 0)).containsExactly("m0", "m1", "m2", "m3");
        assertThat(peer.reader("q", 0).startOffset()).isZero();
        assertThat(peer.stats("q").ready()).isZero();
    }

    @Test
    default void whatIsOlderThanAQueueKeepsGoesAndWhatIsNotSettledStays() {
        Peer peer = keeping(HOUR);
        peer.store("q", "m0", "m1", "m2");
        Delivery m0 = peer.take("q").orElseThrow();
        Delivery m1 = peer.take("q").orElseThrow();
        peer.accept(peer.take("q").orElseThrow());
        rig().passMs(HOUR_MS / 2);
        peer.store("q", "m3");
        peer.accept(peer.take("q").orElseThrow());
        rig().passMs(HOUR_MS / 2 + 3_000);
        rig().await("m2 goes", () -> !peer.readTexts("q", 0).contains("m2"));
        assertThat(peer.readTexts("q", 0)).containsExactly("m0", "m1", "m3");

        peer.release(m0);
        peer.accept(m1);
        rig().await("m1 goes", () -> !peer.readTexts("q", 0).contains("m1"));
        assertThat(reset(peer, Start.Edge.FIRST)).isEqualTo(1);
        assertThat(takeAll(peer, 2)).containsExactly("m0", "m3");
        rig().await("m0 goes", () -> peer.reader("q", 0).startOffset() == 3);
        rig().passMs(HOUR_MS);
        rig().await("all go", () -> peer.reader("q", 0).startOffset() == 4);
        assertThat(reset(peer, Start.Edge.FIRST)).isZero();
    }

    @Test
    default void whatIsMoreThanAQueueKeepsGoesOldestFirst() {
        Peer peer = keeping(QueuePolicy.NONE.with(new Keep(-1, 100_000)));
        String filling = "x".repeat(1_000);
        for (int i = 0; i < 30; i++) {
            peer.store("q", IntStream.range(0, 10).mapToObj(n -> filling).toArray(String[]::new));
        }
        Reader reader = peer.reader("q", 0);
        rig().passMs(3_000);
        assertThat(reader.startOffset()).as("none is settled").isZero();
        Delivery first = peer.take("q").orElseThrow();
        peer.accept(first);
        rig().await("it goes", () -> reader.startOffset() == 1);

        rig().await(peer.session.purge(Peer.own("q")));
        rig().await("the oldest go", () -> reader.startOffset() >= 170);
        assertThat(reader.startOffset()).as("at least what it keeps").isLessThanOrEqualTo(200);
        assertThat(rig().await(reader.heldBytes())).isEqualTo((300 - reader.startOffset()) * 1_000);
        assertThat(reset(peer, Start.Edge.FIRST)).isEqualTo(300 - reader.startOffset());
    }

    @Test
    default void whatDiedIsGivenAgainOnceItIsWhereItWasToGo() {
        Peer peer = keeping(HOUR.with(new DeadLetters("", "dead")));
        peer.queue("dead");
        peer.store("q", "m0", "m1");
        peer.reject(peer.take("q").orElseThrow());
        rig().await("its letter", () -> peer.stats("dead").ready() == 1);
        peer.accept(peer.take("q").orElseThrow());
        rig().quiesce();

        assertThat(reset(peer, Start.Edge.FIRST)).isEqualTo(2);
        peer.reject(peer.take("q").orElseThrow());
        rig().await("another letter", () -> peer.stats("dead").ready() == 2);
        assertThat(takeAll(peer, 1)).containsExactly("m1");
    }

    @Test
    default void whatIsGivenAgainCountsAgainstTheLimits() {
        Limits limits = new Limits(-1, 10, Overflow.REFUSE);
        Peer peer = keeping(HOUR.with(limits));
        peer.store("q", "12345", "67890");
        takeAll(peer, 2);
        peer.store("q", "abcde");
        assertThat(reset(peer, new Start.Offset(1))).isEqualTo(1);
        assertThat(peer.publish(Peer.to("q"), "f")).isEqualTo(Outcome.REJECTED);
        assertThat(takeAll(peer, 2)).containsExactly("67890", "abcde");
        peer.store("q", "f");
    }

    @Test
    default void whatIsGivenAgainGoesByPriority() {
        Peer peer = keeping(HOUR.with(new Service(false, new Priorities(5, 0), -1)));
        peer.storeAt("q", 1, 4, 0, 2);
        List<String> once = takeAll(peer, 4);
        assertThat(reset(peer, Start.Edge.FIRST)).isEqualTo(4);
        assertThat(takeAll(peer, 4)).isEqualTo(once);
    }

    @Test
    default void whatIsGivenAgainGoesInTheOrderOfItsKey() {
        KeyOrder byKey = new KeyOrder(KeySource.ROUTING_KEY, "");
        Peer peer = keeping(HOUR.with(new Service(false, Priorities.NONE, -1, byKey)));
        peer.store("q", "m0", "m1", "m2");
        takeAll(peer, 3);
        Inbox a = peer.consume("q", 1);
        Inbox b = peer.consume("q", 1);
        assertThat(reset(peer, Start.Edge.FIRST)).isEqualTo(3);
        rig().await("one", () -> a.size() + b.size() == 1);
        rig().quiesce();
        assertThat(a.size() + b.size()).as("of a key one at a time").isEqualTo(1);
        for (String text : List.of("m0", "m1", "m2")) {
            rig().await(text, () -> a.size() + b.size() == 1);
            List<Delivery> got = a.size() > 0 ? a.drain() : b.drain();
            assertThat(got).extracting(Inbox::text).containsExactly(text);
            peer.accept(got.getFirst());
        }
    }

    @Test
    default void aQueueThatKeepsNothingIsNotReset() {
        Peer peer = keeping(QueuePolicy.NONE);
        assertThat(rig().failure(() -> peer.session.reset(Peer.own("q"), Start.Edge.FIRST)))
                .isEqualTo(Kind.INVALID);
    }

    @Test
    default void aQueueOfWhichNothingIsOwedCanGoThoughItKeepsSome() {
        Peer peer = keeping(HOUR);
        peer.store("q", "m0");
        TopicName name = TopicName.of("q");
        assertThat(rig().failure(() -> peer.session.deleteTopic(name, false, true)))
                .isEqualTo(Kind.NOT_EMPTY);
        takeAll(peer, 1);
        assertThat(rig().await(peer.session.deleteTopic(name, false, true))).isZero();
    }

    private Peer keeping(QueuePolicy policy) {
        Peer peer = peer();
        peer.declare(Specs.queue("q", policy));
        return peer;
    }

    private long reset(Peer peer, Start start) {
        return rig().await(peer.session.reset(Peer.own("q"), start));
    }

    /// Takes all there is, settles one before the next, and gives the texts.
    private List<String> takeAll(Peer peer, int count) {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Delivery next = peer.take("q").orElseThrow();
            taken.add(Inbox.text(next));
            peer.accept(next);
            rig().quiesce();
        }
        assertThat(peer.take("q")).isEmpty();
        return taken;
    }

    /// With what outlives the process.
    interface Durable extends KeepContract {
        @Override
        Rig.Durable rig();

        @Test
        default void whatIsKeptOutlivesTheProcess() {
            Peer peer = peer();
            peer.declare(Specs.queue("q", HOUR));
            peer.store("q", "m0", "m1", "m2");
            for (int i = 0; i < 3; i++) {
                peer.accept(peer.take("q").orElseThrow());
            }
            rig().quiesce();
            rig().checkpoint();
            rig().restart();

            Peer next = peer();
            assertThat(next.readTexts("q", 0)).containsExactly("m0", "m1", "m2");
            Start from = new Start.Offset(1);
            assertThat((long) rig().await(next.session.reset(Peer.own("q"), from))).isEqualTo(2);
            rig().restart();
            Peer last = peer();
            assertThat(last.stats("q").ready()).isEqualTo(2);
            assertThat(Inbox.text(last.take("q").orElseThrow())).isEqualTo("m1");
        }
    }
}
