package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Delivery;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.TopicStats;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What is there after the process died, and what goes on when the disk is full. Each test dies
/// twice: once with all in the log, once with a checkpoint.
interface DurabilityContract extends BrokerContract {

    @Override
    Rig.Durable rig();

    @Test
    default void whatASubscriptionIsOwedAgainOutlivesTheProcess() {
        Peer peer = peer();
        peer.declare(Specs.stream("s", 1));
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("s"), "again");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(ref, false, false, 0, 10_000), inbox);
        for (int i = 0; i < 50; i++) {
            peer.store("s", IntStream.range(0, 100).mapToObj(n -> "m" + n).toArray(String[]::new));
        }
        rig().await("all", () -> inbox.size() == 5_000);
        peer.accept(inbox.drain().toArray(Delivery[]::new));
        rig().checkpoint();
        Start from = new Start.Offset(4_200);
        assertThat((long) rig().await(peer.session.reset(ref, from))).isEqualTo(800);
        rig().await("those once more", () -> inbox.size() == 800);
        peer.accept(inbox.drain().subList(0, 100).toArray(Delivery[]::new));
        rig().crash();
        assertThat(peer().stats(ref).ready()).isEqualTo(700);
        Peer next = peer();
        assertThat((long) rig().await(next.session.reset(ref, new Start.Offset(10))))
                .isEqualTo(4_290);
        rig().checkpoint();
        rig().restart();
        assertThat(peer().stats(ref).ready()).isEqualTo(4_990);
    }

    @Test
    default void aDeletedSubscriptionDoesNotComeBack() {
        Peer peer = peer();
        peer.queue("t");
        SubscriptionRef gone = new SubscriptionRef(TopicName.of("t"), "gone");
        SubscriptionRef kept = new SubscriptionRef(TopicName.of("t"), "kept");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(gone, false, false, 0, 100), inbox);
        assertThat(rig().await(peer.session.take(kept, false))).isEmpty();
        peer.store("t", "m0", "m1", "m2");
        rig().await("all", () -> inbox.size() == 3);
        peer.settle(Settlement.RELEASE.because("no"), inbox.deliveries.getFirst());
        peer.releaseLater(1_000_000, inbox.deliveries.get(1));
        rig().checkpoint();
        rig().await(peer.session.deleteSubscription(gone));
        peer.store("t", "m3");

        afterCrashes(next -> {
            assertThat(rig().await(next.session.subscriptions(TopicName.of("t"))))
                    .containsOnlyKeys("kept");
            assertThat(next.stats(gone)).isEqualTo(new TopicStats(0, 0, 0));
            assertThat(next.stats(kept)).isEqualTo(new TopicStats(4, 0, 0));
        });
        Inbox anew = new Inbox();
        peer().consume(new ConsumeSpec(gone, false, false, 0, 100), anew);
        peer().store("t", "m4");
        rig().await("what came since", () -> anew.size() == 1);
    }

    @Test
    default void prioritiesAreThere() {
        Peer peer = peer();
        peer.declare(Specs.served("q", ServiceContract.TEN_LEVELS));
        peer.storeAt("q", 1, 9, -1, 9, 4);
        peer.accept(peer.take("q").orElseThrow());

        afterCrashes(next -> {
            assertThat(Inbox.text(next.take("q").orElseThrow())).isEqualTo("3");
            assertThat(Inbox.text(next.take("q").orElseThrow())).isEqualTo("4");
            assertThat(Inbox.text(next.take("q").orElseThrow())).isEqualTo("0");
            assertThat(Inbox.text(next.take("q").orElseThrow())).isEqualTo("2");
            assertThat(next.take("q")).isEmpty();
        });
    }

    @Test
    default void whatWasConfirmedIsThereInOrderByteForByte() {
        Peer peer = peer();
        peer.queue("q");
        peer.declare(Specs.batches("t", 2));
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String text = "message number " + i;
            peer.store("q", text);
            sent.add(text);
            append(peer, 1, null, "b" + i);
        }

        afterCrashes(next -> {
            assertThat(next.readTexts("q", 0)).containsExactlyElementsOf(sent);
            Reader reader = next.reader("t", 1);
            assertThat(reader.endOffset()).isEqualTo(100);
            List<Reader.Entry> entries = next.readAll(reader, 500);
            for (int i = 0; i < 100; i++) {
                assertThat(Peer.text(entries.get(i))).isEqualTo(Appends.ROOM + "b" + i);
                assertThat(entries.get(i).offset()).isEqualTo(i);
            }
        });
    }

    @Test
    default void whatWasRemovedStaysRemovedAndWhatATopicKeepsIsKnown() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        for (int i = 0; i < 20; i++) {
            peer.store("t", "m" + i);
        }
        rig().await(peer.session.trim(TopicName.of("t"), 0, 7));
        Retention hour = new Retention(3_600_000, -1, false, false);
        rig().await(peer.session.alterTopic(TopicName.of("t"), hour, Map.of("k", "v")));

        afterCrashes(next -> {
            Reader reader = next.reader("t", 0);
            assertThat(reader.startOffset()).isEqualTo(7);
            assertThat(next.readTexts("t", 0)).startsWith("m7").hasSize(13);
            assertThat(rig().await(reader.heldBytes())).isBetween(30L, 40L);
            Topic topic = next.session.definitions().topic(TopicName.of("t"));
            assertThat(topic.spec().retention()).isEqualTo(hour);
            assertThat(topic.spec().arguments()).isEqualTo(Map.of("k", "v"));
        });
        Reader reader = peer().reader("t", 0);
        rig().passMs(3_602_000);
        rig().await("what is too old goes", () -> reader.startOffset() == 20);
    }

    @Test
    default void whatWasSupersededStaysAwayAndCompactionGoesOn() {
        Peer peer = peer();
        Retention newest = new Retention(-1, -1, false, new Compaction(0, 86_400_000, 0));
        peer.declare(Specs.spec("t", Form.MESSAGES, 1, newest, Lifetime.DURABLE));
        for (int i = 0; i < 200; i++) {
            keyed(peer, "k" + i % 20, "m" + i);
        }
        rig().passMs(8_000);
        rig().await("a pass", () -> peer.readTexts("t", 0).size() == 20);

        afterCrashes(next -> {
            assertThat(next.readTexts("t", 0)).hasSize(20).startsWith("m180").endsWith("m199");
            assertThat(next.reader("t", 0).endOffset()).isEqualTo(200);
            assertThat(next.stats("t").ready()).isEqualTo(20);
        });
        Peer last = peer();
        keyed(last, "k0", "new");
        rig().passMs(8_000);
        rig().await("a pass", () -> !last.readTexts("t", 0).contains("m180"));
        assertThat(last.readTexts("t", 0)).hasSize(20);
    }

    private void keyed(Peer peer, String key, String text) {
        Envelope envelope = new Envelope(0, -1, -1, key.getBytes(StandardCharsets.UTF_8));
        ByteBuffer body = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        Publication one = new Publication(Peer.to("t"), new Content(Peer.TEXT, envelope, body));
        assertThat(rig().await(peer.send(List.of(one)))).containsExactly(Outcome.STORED);
    }

    @Test
    default void definitionsAreThereAndTransientOnesAreNot() {
        Peer peer = peer();
        Topic queue = peer.queue("q");
        Topic topic = peer.declare(Specs.batches("t", 3));
        peer.declare(Specs.queue("memory", Specs.IN_MEMORY));
        peer.declare(Specs.queue("mine", Specs.EXCLUSIVE));
        rig().await(peer.session.declareExchange(Specs.exchange("x", Kind.TOPIC)));
        rig().await(peer.session.bind(Specs.toQueue("x", "q", "a.*")));
        rig().await(peer.session.bind(Specs.toQueue("x", "memory", "a.*")));
        peer.queue("gone");
        peer.delete("gone");

        afterCrashes(next -> {
            var definitions = next.session.definitions();
            assertThat(definitions.topics()).containsExactlyInAnyOrder(queue, topic);
            assertThat(definitions.exchange(Specs.NS, "x")).isNotNull();
            assertThat(definitions.bindingsFrom(Specs.NS, "x"))
                    .containsExactly(Specs.toQueue("x", "q", "a.*"));
            assertThat(next.queue("q")).isEqualTo(queue);
        });
    }

    @Test
    default void whatWasSettledStaysSettledAndTheRestComesFlaggedWithItsAttempts() {
        Peer peer = peer();
        peer.queue("q");
        for (int i = 0; i < 6; i++) {
            peer.store("q", "m" + i);
        }
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 6);
        List<Delivery> all = inbox.drain();
        peer.accept(all.get(1));
        peer.reject(all.get(4));
        peer.release(all.get(2));
        rig().await("the released", () -> inbox.size() == 1);
        peer.release(inbox.drain().getFirst());
        rig().await("the released", () -> inbox.size() == 1);

        afterCrashes(next -> {
            Inbox again = next.consume("q");
            rig().await("four", () -> again.size() == 4);
            rig().quiesce();
            assertThat(again.texts()).containsExactly("m0", "m2", "m3", "m5");
            assertThat(again.deliveries).allMatch(Delivery::redelivered);
            assertThat(again.deliveries.get(1).attempt()).isGreaterThanOrEqualTo(2);
            assertThat(again.deliveries.get(0).offset()).isZero();
        });
    }

    @Test
    default void aDeliveryOfTheLastLifeIsWorthless() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a", "b");
        Delivery before = peer.take("q").orElseThrow();
        peer.accept(before);
        rig().crash();

        Peer next = peer();
        assertThat(next.stats("q")).isEqualTo(new TopicStats(1, 0, 0));
        assertThat(Inbox.text(next.take("q").orElseThrow())).isEqualTo("b");
    }

    @Test
    default void aNamedSubscriptionGoesOnWhereItWas() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        peer.store("t", "before");
        SubscriptionRef ref = new SubscriptionRef(TopicName.of("t"), "s");
        Inbox inbox = new Inbox();
        peer.consume(new ConsumeSpec(ref, false, false, 0, 100), inbox);
        peer.store("t", "a", "b", "c");
        rig().await("three", () -> inbox.size() == 3);
        peer.accept(inbox.deliveries.get(0), inbox.deliveries.get(2));

        afterCrashes(next -> {
            Inbox again = new Inbox();
            next.consume(new ConsumeSpec(ref, false, false, 0, 100), again);
            rig().await("b", () -> again.size() == 1);
            rig().quiesce();
            assertThat(again.texts()).containsExactly("b");
            next.close();
        });
    }

    @Test
    default void whatNeedsNoSettlementIsNeverGivenTwice() {
        Peer peer = peer();
        peer.queue("q");
        for (int i = 0; i < 50; i++) {
            peer.store("q", "m" + i);
        }
        Inbox inbox = new Inbox();
        inbox.room = 20;
        peer.consume(new ConsumeSpec(Peer.own("q"), true, false, 0, 10), inbox);
        rig().await("twenty", () -> inbox.size() == 20);
        Delivery taken = rig().await(peer.session.take(Peer.own("q"), true)).orElse(null);
        Set<String> given = new HashSet<>(inbox.texts());
        if (taken != null) {
            given.add(Inbox.text(taken));
        }

        afterCrashes(next -> {
            Inbox again = new Inbox();
            next.consume(new ConsumeSpec(Peer.own("q"), true, false, 0, 100), again);
            rig().quiesce();
            assertThat(again.texts()).noneMatch(given::contains);
            given.addAll(again.texts());
        });
    }

    @Test
    default void retriesAreKnownThroughARestart() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 1));
        peer.queue("q");
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "q", "t")));
        long id = rig().await(peer.session.newProducerId());
        for (int i = 0; i < 8; i++) {
            append(peer, 0, new ProducerStamp(id, (short) 3, i), "b" + i);
        }

        afterCrashes(next -> {
            for (int i = 3; i < 8; i++) {
                AppendListener.Result retry =
                        append(next, 0, new ProducerStamp(id, (short) 3, i), "b" + i);
                assertThat(retry.outcome()).isEqualTo(AppendListener.Outcome.DUPLICATE);
                assertThat(retry.baseOffset()).isEqualTo(i);
            }
            assertThat(append(next, 0, new ProducerStamp(id, (short) 2, 0), "x").outcome())
                    .isEqualTo(AppendListener.Outcome.FENCED);
            assertThat(next.reader("t", 0).endOffset()).isEqualTo(8);
            assertThat(next.stats("q").ready()).isEqualTo(8);
            assertThat(rig().await(next.session.newProducerId())).isGreaterThan(id);
        });
    }

    @Test
    default void anInternalStreamKeepsItsEndAndTheNewestOfEachKey() {
        InternalStream stream = internalStream();
        for (int i = 0; i < 40; i++) {
            InternalAppends.append(rig(), stream, i, "k" + i % 4, i % 4 == 3);
        }

        afterCrashes(next -> {
            InternalStream again = internalStream();
            assertThat(again.endOffset()).isGreaterThanOrEqualTo(40);
            assertThat(InternalAppends.read(rig(), again).stream().map(Peer::text))
                    .contains("k0", "k1", "k2");
            long end = again.endOffset();
            InternalAppends.append(rig(), again, end, "k0", false);
            assertThat(again.endOffset()).isEqualTo(end + 1);
        });
    }

    private InternalStream internalStream() {
        return rig().blocking(() -> rig().broker().internalStream("__offsets", 2, 1));
    }

    @Test
    default void aRestartInPeaceLosesNothingEither() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a", "b");
        peer.accept(peer.take("q").orElseThrow());
        rig().restart();

        assertThat(peer().readTexts("q", 0)).containsExactly("b");
    }

    @Test
    default void onAFullDiskPublishersAreRefusedAndEverythingElseGoesOn() {
        Peer peer = peer();
        peer.queue("q");
        peer.declare(Specs.batches("t", 1));
        for (int i = 0; i < 20; i++) {
            peer.store("q", "m" + i);
        }
        append(peer, 0, null, "kept");
        Inbox inbox = peer.consume("q", 5);
        rig().await("five", () -> inbox.size() == 5);
        rig().diskFull(true);
        rig().await(
                        "a refusal",
                        () -> peer.publish(Peer.to("q"), "x".repeat(200_000)) == Outcome.DISK_FULL);

        assertThat(peer.append(batch(0, null, "y".repeat(200_000))).outcome())
                .isEqualTo(AppendListener.Outcome.DISK_FULL);
        peer.accept(inbox.fresh().toArray(Delivery[]::new));
        rig().await("the next five", () -> inbox.size() == 10);
        peer.release(inbox.deliveries.get(5));
        rig().await("it again", () -> inbox.size() == 11);
        peer.accept(peer.take("q").orElseThrow());
        assertThat(peer.readAll(peer.reader("t", 0), 100)).hasSize(1);
        peer.close();
        Peer next = peer();
        Inbox rest = next.consume("q", 3);
        rig().await("what the session left", () -> rest.size() == 3);

        rig().diskFull(false);
        rig().await(
                        "room again",
                        () -> next.publish(Peer.to("q"), "z".repeat(200_000)) == Outcome.STORED);
        rig().crash();
        assertThat(peer().readTexts("q", 0)).endsWith("z".repeat(200_000)).doesNotContain("m0");
    }

    /// Lets the process die, looks, takes a checkpoint, lets it die again and looks again.
    private void afterCrashes(Look look) {
        rig().crash();
        look.at(peer());
        rig().checkpoint();
        rig().crash();
        look.at(peer());
        rig().checkpoint();
        rig().restart();
        look.at(peer());
    }

    /// A look at the broker by a new connection.
    @FunctionalInterface
    interface Look {
        void at(Peer peer);
    }

    private static AppendListener.Result append(
            Peer peer, int partition, ProducerStamp stamp, String body) {
        return peer.append(batch(partition, stamp, body));
    }

    private static io.polylog.broker.Append batch(int partition, ProducerStamp stamp, String body) {
        byte[] bytes = (Appends.ROOM + body).getBytes(StandardCharsets.UTF_8);
        return Appends.of(
                "t", partition, stamp, 1, ByteBuffer.wrap(bytes), List.of(Peer.content(body)));
    }
}
