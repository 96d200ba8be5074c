package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.Reader;
import io.polylog.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Reading by offset with a position of one's own.
interface ReadContract extends BrokerContract {

    @Test
    default void aReaderOfNothingIsRefusedAtOnce() {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 2));

        for (String name : List.of("none", "t")) {
            assertThatThrownBy(() -> peer.session.reader(TopicName.of(name), 2))
                    .isInstanceOfSatisfying(
                            BrokerException.class,
                            e -> assertThat(e.kind()).isEqualTo(BrokerException.Kind.NOT_FOUND));
        }
    }

    @Test
    default void aReaderReadsInPiecesFromAnyOffset() {
        Peer peer = stream(100);
        Reader reader = peer.reader("t", 0);

        assertThat(reader.startOffset()).isZero();
        assertThat(reader.endOffset()).isEqualTo(100);
        assertThat(peer.readAll(reader, 30).stream().map(Reader.Entry::offset))
                .containsExactlyElementsOf(
                        IntStream.range(0, 100).mapToObj(i -> (long) i).toList());
        Reader.ReadResult one = rig().await(reader.read(57, 1));
        assertThat(one.records()).hasSize(1);
        assertThat(Peer.text(one.records().getFirst())).isEqualTo("m57");
        assertThat(one.nextOffset()).isEqualTo(58);
        assertThat(one.damage()).isNull();
        assertThat(one.records().getFirst().content().encoding()).isEqualTo(Peer.TEXT);
        assertThat(one.records().getFirst().span()).isEqualTo(1);
    }

    @Test
    default void anOffsetOutsideGivesNothingAtOnce() {
        Peer peer = stream(3);
        Reader reader = peer.reader("t", 0);

        for (long offset : new long[] {3, 4, 1_000_000, -1}) {
            Reader.ReadResult nothing = rig().await(reader.read(offset, 1_000));
            assertThat(nothing.records()).as("at %d", offset).isEmpty();
        }
    }

    @Test
    default void readersHaveTheirOwnPositionsAndSettleNothing() {
        Peer peer = peer();
        peer.queue("q");
        peer.store("q", "a", "b");
        Peer other = peer();

        assertThat(peer.readTexts("q", 0)).containsExactly("a", "b");
        assertThat(other.readTexts("q", 0)).containsExactly("a", "b");
        assertThat(other.readTexts("q", 0)).containsExactly("a", "b");
        assertThat(peer.stats("q").ready()).isEqualTo(2);
    }

    @Test
    default void aReaderOfAQueueSeesWhatIsKeptAndNotWhatIsSettled() {
        Peer peer = peer();
        peer.queue("q");
        for (int i = 0; i < 10; i++) {
            peer.store("q", "m" + i);
        }
        Inbox inbox = peer.consume("q");
        rig().await("all", () -> inbox.size() == 10);
        List<Delivery> all = inbox.drain();
        peer.accept(all.get(0), all.get(1), all.get(5), all.get(9));
        peer.reject(all.get(7));

        Reader reader = peer.reader("q", 0);
        assertThat(reader.startOffset()).isEqualTo(2);
        assertThat(reader.endOffset()).isEqualTo(10);
        assertThat(peer.readAll(reader, 10).stream().map(Peer::text))
                .containsExactly("m2", "m3", "m4", "m6", "m8");
        assertThat(rig().await(reader.read(0, 100)).records()).isEmpty();
        assertThat(rig().await(reader.read(9, 100)).records()).isEmpty();

        peer.accept(all.get(2), all.get(3), all.get(4), all.get(6), all.get(8));
        assertThat(reader.startOffset()).isEqualTo(10);
        assertThat(peer.readAll(reader, 10)).isEmpty();
    }

    @Test
    default void aWatchGoesOffOnceAsSoonAsThereIsMore() {
        Peer peer = stream(3);
        Reader reader = peer.reader("t", 0);
        List<String> alarms = new ArrayList<>();
        reader.whenBeyond(1, () -> alarms.add("now"));
        rig().await("the alarm", () -> alarms.size() == 1);
        reader.whenBeyond(3, () -> alarms.add("later"));
        Reader.Watch called = reader.whenBeyond(3, () -> alarms.add("called off"));
        reader.whenBeyond(4, () -> alarms.add("fifth"));
        rig().quiesce();
        assertThat(alarms).containsExactly("now");

        called.cancel();
        peer.store("t", "m3");
        rig().await("the alarm", () -> alarms.size() == 2);
        assertThat(reader.endOffset()).isEqualTo(4);
        peer.store("t", "m4", "m5");
        rig().await("the alarm", () -> alarms.size() == 3);
        peer.store("t", "m6");
        rig().quiesce();
        assertThat(alarms).containsExactly("now", "later", "fifth");
    }

    @Test
    default void aClosedReaderHearsNothingMore() {
        Peer peer = stream(1);
        Reader reader = peer.reader("t", 0);
        List<String> alarms = new ArrayList<>();
        reader.whenBeyond(1, () -> alarms.add("alarm"));
        reader.close();
        peer.store("t", "more");
        rig().quiesce();

        assertThat(alarms).isEmpty();
    }

    @Test
    default void aReaderThatPollsSeesEachRecordOnce() {
        Peer peer = stream(0);
        Peer writer = peer();
        Reader reader = peer.reader("t", 0);
        List<String> seen = new ArrayList<>();
        Poll poll = new Poll(reader, seen);
        poll.arm();
        for (int i = 0; i < 200; i++) {
            writer.store("t", "m" + i);
        }
        rig().await("all", () -> seen.size() == 200);

        assertThat(seen)
                .containsExactlyElementsOf(IntStream.range(0, 200).mapToObj(i -> "m" + i).toList());
    }

    /// Reads on whenever there is more, as a long poll does.
    final class Poll {
        private final Reader reader;
        private final List<String> seen;
        private long offset;

        Poll(Reader reader, List<String> seen) {
            this.reader = reader;
            this.seen = seen;
        }

        void arm() {
            reader.whenBeyond(offset, this::read);
        }

        private void read() {
            reader.read(offset, 100)
                    .thenAccept(result -> {
                        result.records().forEach(entry -> seen.add(Peer.text(entry)));
                        offset = result.nextOffset();
                        arm();
                    });
        }
    }

    @Test
    default void anOffsetIsFoundByTime() {
        Peer peer = stream(0);
        Reader reader = peer.reader("t", 0);
        assertThat(rig().<Reader.OffsetAtTime>await(reader.find(0))).isNull();
        for (int i = 0; i < 50; i++) {
            peer.store("t", "m" + i);
            rig().passMs(20);
        }
        List<Reader.Entry> entries = peer.readAll(reader, 10_000);

        for (int i = 0; i < entries.size(); i += 7) {
            long timeMs = entries.get(i).timeMs();
            Reader.OffsetAtTime found = rig().await(reader.find(timeMs));
            assertThat(found).isEqualTo(new Reader.OffsetAtTime(first(entries, timeMs), timeMs));
        }
        assertThat(rig().await(reader.find(0)))
                .isEqualTo(new Reader.OffsetAtTime(0, entries.getFirst().timeMs()));
        long after = entries.getLast().timeMs() + 1;
        assertThat(rig().<Reader.OffsetAtTime>await(reader.find(after))).isNull();
    }

    private static long first(List<Reader.Entry> entries, long timeMs) {
        return entries.stream()
                .filter(e -> e.timeMs() >= timeMs)
                .findFirst()
                .orElseThrow()
                .offset();
    }

    @Test
    default void aReaderOfADeletedTopicComesToAnEnd() {
        Peer peer = stream(5);
        Reader reader = peer.reader("t", 0);
        peer.delete("t");

        try {
            assertThat(rig().await(reader.read(0, 100)).records()).isEmpty();
        } catch (BrokerException e) {
            assertThat(e.kind()).isEqualTo(BrokerException.Kind.NOT_FOUND);
        }
        reader.close();
    }

    private Peer stream(int count) {
        Peer peer = peer();
        peer.declare(Specs.stream("t", 1));
        for (int i = 0; i < count; i++) {
            peer.store("t", "m" + i);
        }
        return peer;
    }
}
