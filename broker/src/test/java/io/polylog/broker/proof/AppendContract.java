package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.Append;
import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.Delivery;
import io.polylog.broker.Reader;
import io.polylog.broker.Topic;
import io.polylog.message.TopicName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Appending producers' batches as they were sent, and knowing a retry from new data.
interface AppendContract extends BrokerContract {

    @Test
    default void aBatchTakesAnOffsetForEachRecordAndIsReadAsItWasSent() {
        Peer peer = topic();
        AppendListener.Result first = peer.append(batch(null, 3, "abc"));
        AppendListener.Result second = peer.append(batch(null, 2, "de"));

        assertThat(first.outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(first.baseOffset()).isZero();
        assertThat(first.timeMs()).isPositive();
        assertThat(first.startOffset()).isZero();
        assertThat(second.baseOffset()).isEqualTo(3);
        Reader reader = peer.reader("t", 0);
        assertThat(reader.endOffset()).isEqualTo(5);
        List<Reader.Entry> entries = peer.readAll(reader, 1);
        assertThat(entries).hasSize(2).allMatch(Reader.Entry::batch);
        assertThat(entries.get(1).offset()).isEqualTo(3);
        assertThat(entries.get(1).span()).isEqualTo(2);
        assertThat(entries.get(1).timeMs()).isEqualTo(second.timeMs());
        assertThat(entries.get(1).content().encoding()).isEqualTo(Peer.BATCH);
        assertThat(body(entries.get(1))).isEqualTo("de");
    }

    @Test
    default void batchesOfOneCallGoToTheirPartitionsEachWithItsOwnFate() {
        Peer peer = topic();
        peer.declare(Specs.batches("u", 3));
        List<AppendListener.Result> results =
                rig().await(
                                peer.append(
                                        List.of(
                                                to("u", 2, "x"),
                                                to("none", 0, "x"),
                                                to("u", 7, "x"),
                                                to("t", 0, "y"),
                                                to("u", 2, "z"))));

        assertThat(results.stream().map(AppendListener.Result::outcome))
                .containsExactly(
                        Outcome.APPENDED,
                        Outcome.NOT_FOUND,
                        Outcome.NOT_FOUND,
                        Outcome.APPENDED,
                        Outcome.APPENDED);
        assertThat(results.get(0).baseOffset()).isZero();
        assertThat(results.get(1).baseOffset()).isEqualTo(-1);
        assertThat(results.get(4).baseOffset()).isEqualTo(1);
        assertThat(peer.reader("u", 0).endOffset()).isZero();
    }

    @Test
    default void aRetryOfOneOfTheLastFiveBatchesIsStoredOnce() {
        Peer peer = topic();
        long id = rig().await(peer.session.newProducerId());
        for (int i = 0; i < 7; i++) {
            assertThat(append(peer, id, 0, i * 2, 2).baseOffset()).isEqualTo(i * 2L);
        }

        for (int i = 2; i < 7; i++) {
            AppendListener.Result retry = append(peer, id, 0, i * 2, 2);
            assertThat(retry.outcome()).isEqualTo(Outcome.DUPLICATE);
            assertThat(retry.baseOffset()).isEqualTo(i * 2L);
        }
        assertThat(append(peer, id, 0, 2, 2).outcome()).isEqualTo(Outcome.DUPLICATE_FORGOTTEN);
        assertThat(peer.reader("t", 0).endOffset()).isEqualTo(14);
        assertThat(append(peer, id, 0, 14, 1).outcome()).isEqualTo(Outcome.APPENDED);
    }

    @Test
    default void aGapOrAnOverlapIsOutOfOrderAndNothingIsStored() {
        Peer peer = topic();
        long id = rig().await(peer.session.newProducerId());
        append(peer, id, 0, 0, 4);

        assertThat(append(peer, id, 0, 5, 1).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(append(peer, id, 0, 2, 4).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(append(peer, id, 0, 0, 3).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(peer.reader("t", 0).endOffset()).isEqualTo(4);
        assertThat(append(peer, id, 0, 4, 1).outcome()).isEqualTo(Outcome.APPENDED);
    }

    @Test
    default void anUnknownProducerMustBeginAtZero() {
        Peer peer = topic();
        long id = rig().await(peer.session.newProducerId());

        assertThat(append(peer, id, 0, 3, 1).outcome()).isEqualTo(Outcome.UNKNOWN_PRODUCER);
        assertThat(append(peer, id, 0, 0, 1).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(append(peer, id + 1, 0, 1, 1).outcome()).isEqualTo(Outcome.UNKNOWN_PRODUCER);
    }

    @Test
    default void aProducerSilentForADayIsForgottenAndGoesOnWhereItWas() {
        Peer peer = topic();
        long silent = rig().await(peer.session.newProducerId());
        long busy = rig().await(peer.session.newProducerId());
        long late = rig().await(peer.session.newProducerId());
        append(peer, silent, 0, 0, 1);
        append(peer, late, 0, 0, 1);
        append(peer, busy, 0, 0, 1);
        rig().passMs(23 * 3_600_000L);
        append(peer, busy, 0, 1, 1);
        assertThat(append(peer, silent, 0, 7, 1).outcome())
                .isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        rig().passMs(2 * 3_600_000L);

        assertThat(append(peer, silent, 0, 7, 2).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(append(peer, silent, 0, 7, 2).outcome()).isEqualTo(Outcome.DUPLICATE);
        assertThat(append(peer, silent, 0, 6, 1).outcome())
                .as("overtaken, not stored before")
                .isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(append(peer, silent, 0, 9, 1).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(append(peer, late, 0, 0, 1).outcome()).as("anew").isEqualTo(Outcome.APPENDED);
        assertThat(append(peer, busy, 0, 1, 1).outcome()).isEqualTo(Outcome.DUPLICATE);
        assertThat(append(peer, busy, 0, 3, 1).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
    }

    @Test
    default void aNewerEpochFencesTheOlderOneAndStartsAnew() {
        Peer peer = topic();
        long id = rig().await(peer.session.newProducerId());
        append(peer, id, 0, 0, 1);
        append(peer, id, 0, 1, 1);

        assertThat(append(peer, id, 1, 5, 1).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
        assertThat(append(peer, id, 1, 0, 1).baseOffset()).isEqualTo(2);
        assertThat(append(peer, id, 0, 2, 1).outcome()).isEqualTo(Outcome.FENCED);
        assertThat(append(peer, id, 0, 1, 1).outcome()).isEqualTo(Outcome.FENCED);
        assertThat(append(peer, id, 1, 0, 1).outcome()).isEqualTo(Outcome.DUPLICATE);
        assertThat(append(peer, id, 1, 1, 1).outcome()).isEqualTo(Outcome.APPENDED);
    }

    @Test
    default void theSequenceWrapsFromItsLargestToZero() {
        Peer peer = topic();
        long id = rig().await(peer.session.newProducerId());
        int sequence = 0;
        int step = 1 << 30;
        append(peer, id, 0, sequence, step - 1);
        append(peer, id, 0, step - 1, step - 1);
        sequence = 2 * (step - 1);
        assertThat(append(peer, id, 0, sequence, 1).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(append(peer, id, 0, Integer.MAX_VALUE, 3).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(append(peer, id, 0, 2, 1).outcome()).isEqualTo(Outcome.APPENDED);

        assertThat(append(peer, id, 0, Integer.MAX_VALUE, 3).outcome())
                .isEqualTo(Outcome.DUPLICATE);
        assertThat(append(peer, id, 0, sequence, 1).outcome()).isEqualTo(Outcome.DUPLICATE);
        assertThat(append(peer, id, 0, 0, 1).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);
    }

    @Test
    default void producersAndPartitionsAreApart() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 2));
        long one = rig().await(peer.session.newProducerId());
        long two = rig().await(peer.session.newProducerId());

        assertThat(stamped(peer, 0, one, 0).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(stamped(peer, 0, two, 0).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(stamped(peer, 1, one, 0).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(stamped(peer, 0, one, 1).outcome()).isEqualTo(Outcome.APPENDED);
        assertThat(stamped(peer, 1, two, 1).outcome()).isEqualTo(Outcome.UNKNOWN_PRODUCER);
    }

    @Test
    default void fiveBatchesInFlightKeepTheirOrder() {
        Peer peer = topic();
        long id = rig().await(peer.session.newProducerId());
        var answers =
                IntStream.range(0, 5)
                        .mapToObj(i -> peer.append(List.of(stamp(0, id, 0, i, 1, "s" + i))))
                        .toList();

        for (int i = 0; i < 5; i++) {
            assertThat(rig().await(answers.get(i)).getFirst().baseOffset()).isEqualTo(i);
        }
        assertThat(peer.readAll(peer.reader("t", 0), 100).stream().map(AppendContract::body))
                .containsExactly("s0", "s1", "s2", "s3", "s4");
    }

    @Test
    default void producerIdsAreNeverGivenTwice() {
        Peer peer = peer();
        Set<Long> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            assertThat(ids.add(rig().await(peer.session.newProducerId()))).isTrue();
            assertThat(ids.add(rig().await(peer().session.newProducerId()))).isTrue();
        }
    }

    @Test
    default void aBatchForAQueueIsOpenedIntoMessagesAndARetryIsStoredOnce() {
        Peer peer = peer();
        var queue = peer.queue("q");
        assertThat(peer.session.wantsOpened(queue)).isTrue();
        long id = rig().await(peer.session.newProducerId());
        Append first = opened("q", new ProducerStamp(id, (short) 0, 0), "a", "b");
        Append second = opened("q", new ProducerStamp(id, (short) 0, 2), "c");

        assertThat(peer.append(first).baseOffset()).isZero();
        assertThat(peer.append(second).baseOffset()).isEqualTo(2);
        AppendListener.Result retry = peer.append(first);
        assertThat(retry.outcome()).isEqualTo(Outcome.DUPLICATE);
        assertThat(retry.baseOffset()).isZero();
        Inbox inbox = peer.consume("q");
        rig().await("three", () -> inbox.size() == 3);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("a", "b", "c");
        assertThat(inbox.deliveries).noneMatch(Delivery::batch);
    }

    @Test
    default void aBatchReachesWhatItsTopicsSubjectIsBoundToOnceHoweverOftenItIsSent() {
        Peer peer = topic();
        var topic = peer.session.definitions().topic(TopicName.of("t"));
        assertThat(topic).isNotNull();
        assertThat(peer.session.wantsOpened(topic)).isFalse();
        peer.queue("copy");
        rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "copy", "t")));
        assertThat(peer.session.wantsOpened(topic)).isTrue();
        long id = rig().await(peer.session.newProducerId());
        Append batch = opened("t", new ProducerStamp(id, (short) 0, 0), "a", "b");
        peer.append(batch);
        assertThat(peer.append(batch).outcome()).isEqualTo(Outcome.DUPLICATE);
        Append gap = opened("t", new ProducerStamp(id, (short) 0, 9), "never");
        assertThat(peer.append(gap).outcome()).isEqualTo(Outcome.OUT_OF_ORDER_SEQUENCE);

        assertThat(peer.reader("t", 0).endOffset()).isEqualTo(2);
        Inbox inbox = peer.consume("copy");
        rig().await("both", () -> inbox.size() == 2);
        rig().quiesce();
        assertThat(inbox.texts()).containsExactly("a", "b");
    }

    @Test
    default void aQueueDeclaredAnewTakesTheNextOfBatchesThatItsPredecessorTook() {
        Peer peer = peer();
        int partitions = 6; // one at least in each shard
        peer.declare(Specs.batches("t", partitions));
        long id = rig().await(peer.session.newProducerId());
        int shard = shard(peer.queue("copy"));
        for (int i = 0; i < 2; i++) {
            for (int tries = 0; shard(peer.queue("copy")) != shard && tries < 100; tries++) {
                peer.delete("copy");
            }
            assertThat(shard(peer.queue("copy"))).isEqualTo(shard);
            rig().await(peer.session.bind(Specs.toQueue(Rig.SUBJECTS, "copy", "t")));
            for (int partition = 0; partition < partitions; partition++) {
                ProducerStamp stamp = new ProducerStamp(id, (short) 0, i);
                Append batch = Appends.opened("t", partition, stamp, partition + "-" + i);
                assertThat(peer.append(batch).outcome()).isEqualTo(Outcome.APPENDED);
            }
            assertThat(peer.delete("copy")).isEqualTo(partitions);
        }
    }

    private static int shard(Topic queue) {
        return queue.partitions().getFirst().shard();
    }

    @Test
    default void aSubscriptionOfATopicOfBatchesGetsEachRecord() {
        Peer peer = topic();
        Inbox inbox = new Inbox();
        var ref = new io.polylog.broker.SubscriptionRef(TopicName.of("t"), "s");
        peer.consume(new io.polylog.broker.ConsumeSpec(ref, false, false, 0, 100), inbox);
        peer.append(batch(null, 3, "abc"));
        peer.append(batch(null, 1, "d"));
        rig().await("four", () -> inbox.size() == 4);

        assertThat(inbox.deliveries).allMatch(Delivery::batch);
        assertThat(inbox.deliveries.stream().map(Delivery::offset)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(inbox.deliveries.stream().map(Delivery::indexInRecord))
                .containsExactly(0, 1, 2, 0);
        assertThat(inbox.deliveries.get(2).content().bytes()).isEqualTo(Appends.bytes("abc"));
        peer.accept(inbox.deliveries.get(1));
        peer.close();
        Inbox again = new Inbox();
        Peer next = peer();
        next.consume(new io.polylog.broker.ConsumeSpec(ref, false, false, 0, 100), again);
        rig().await("three", () -> again.size() == 3);
        assertThat(again.deliveries.stream().map(Delivery::offset)).containsExactly(0L, 2L, 3L);
        assertThat(again.deliveries.stream().map(Delivery::indexInRecord)).containsExactly(0, 2, 0);
    }

    private Peer topic() {
        Peer peer = peer();
        peer.declare(Specs.batches("t", 1));
        return peer;
    }

    private static AppendListener.Result append(
            Peer peer, long id, int epoch, int sequence, int count) {
        return peer.append(stamp(0, id, epoch, sequence, count, "b" + sequence));
    }

    private static AppendListener.Result stamped(Peer peer, int partition, long id, int sequence) {
        return peer.append(stamp(partition, id, 0, sequence, 1, "b"));
    }

    private static Append stamp(
            int partition, long id, int epoch, int sequence, int count, String body) {
        ProducerStamp stamp = new ProducerStamp(id, (short) epoch, sequence);
        return Appends.of("t", partition, stamp, count, Appends.bytes(body), List.of());
    }

    private static Append batch(@Nullable ProducerStamp stamp, int count, String body) {
        return Appends.of("t", 0, stamp, count, Appends.bytes(body), List.of());
    }

    private static Append to(String topic, int partition, String body) {
        return Appends.of(topic, partition, null, 1, Appends.bytes(body), List.of());
    }

    private static Append opened(String topic, ProducerStamp stamp, String... texts) {
        return Appends.opened(topic, 0, stamp, texts);
    }

    private static String body(Reader.Entry entry) {
        return Peer.text(entry).substring(Appends.ROOM.length());
    }
}
