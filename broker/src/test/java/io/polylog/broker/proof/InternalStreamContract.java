package io.polylog.broker.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.broker.AppendListener;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.InternalStream;
import io.polylog.broker.Reader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// The seam for an embedded coordinator: one writer that predicts its offsets.
interface InternalStreamContract extends BrokerContract {

    @Test
    default void anInternalStreamIsMadeOnceAndSeenByNobody() {
        InternalStream stream = open(0);
        assertThat(stream.endOffset()).isZero();
        assertThat(append(stream, 0, "a", 1).outcome()).isEqualTo(Outcome.APPENDED);

        InternalStream again = open(0);
        assertThat(again.endOffset()).isEqualTo(1);
        assertThat(again.epoch()).isEqualTo(stream.epoch());
        assertThat(open(1).endOffset()).isZero();
        Peer peer = peer();
        assertThat(peer.session.definitions().topics())
                .noneMatch(t ->
                        t.spec().lifetime().listed() && t.spec().name().name().contains("offsets"));
        assertThat(peer.publish(Peer.subject("__offsets"), "x").name()).isEqualTo("UNROUTABLE");
    }

    @Test
    default void aWriterThatKnowsTheEndAndTheEpochAppends() {
        InternalStream stream = open(0);

        AppendListener.Result first = append(stream, 0, "a", 3);
        AppendListener.Result second = append(stream, 3, "b", 1);
        assertThat(first.baseOffset()).isZero();
        assertThat(second.baseOffset()).isEqualTo(3);
        assertThat(stream.endOffset()).isEqualTo(4);
        List<Reader.Entry> entries = read(stream);
        assertThat(entries.stream().map(Peer::text)).containsExactly("a", "b");
        assertThat(entries.getFirst().span()).isEqualTo(3);
    }

    @Test
    default void aWriterThatIsWrongAboutTheEndOrTheEpochIsRefused() {
        InternalStream stream = open(0);
        append(stream, 0, "a", 1);

        assertThat(append(stream, 0, "b", 1).outcome()).isEqualTo(Outcome.CLOSED);
        assertThat(append(stream, 2, "b", 1).outcome()).isEqualTo(Outcome.CLOSED);
        assertThat(append(stream, stream.epoch() + 1, 1, "b", 1).outcome())
                .isEqualTo(Outcome.CLOSED);
        assertThat(append(stream, stream.epoch() - 1, 1, "b", 1).outcome())
                .isEqualTo(Outcome.CLOSED);
        assertThat(stream.endOffset()).isEqualTo(1);
        assertThat(append(stream, 1, "b", 1).outcome()).isEqualTo(Outcome.APPENDED);
    }

    @Test
    default void predictedAppendsInFlightKeepTheirPlaces() {
        InternalStream stream = open(0);
        List<CompletableFuture<AppendListener.Result>> answers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            answers.add(
                    InternalAppends.start(
                            stream, stream.epoch(), i * 2L, "m" + i, InternalAppends.keyless(2)));
        }

        for (int i = 0; i < 20; i++) {
            assertThat(rig().await(answers.get(i)).baseOffset()).isEqualTo(i * 2L);
        }
        assertThat(read(stream)).hasSize(20);
    }

    @Test
    default void theNewestRecordOfEachKeyIsKeptAndInOrder() {
        InternalStream stream = open(0);
        Map<String, Long> newest = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            String key = "k" + i * 7 % 13;
            boolean tombstone = i % 11 == 0;
            assertThat(InternalAppends.append(rig(), stream, i, key, tombstone).baseOffset())
                    .isEqualTo(i);
            if (tombstone) {
                newest.remove(key);
            } else {
                newest.put(key, (long) i);
            }
        }

        Map<String, Long> found = new HashMap<>();
        long last = -1;
        for (Reader.Entry entry : read(stream)) {
            assertThat(entry.offset()).isGreaterThan(last);
            last = entry.offset();
            found.put(Peer.text(entry), entry.offset());
        }
        newest.forEach((key, offset) -> assertThat(found).containsEntry(key, offset));
    }

    private InternalStream open(int partition) {
        return rig().blocking(() -> rig().broker().internalStream("__offsets", 2, partition));
    }

    private AppendListener.Result append(
            InternalStream stream, long expectedEnd, String text, int span) {
        return append(stream, stream.epoch(), expectedEnd, text, span);
    }

    private AppendListener.Result append(
            InternalStream stream, long epoch, long expectedEnd, String text, int span) {
        return rig().await(
                        InternalAppends.start(
                                stream, epoch, expectedEnd, text, InternalAppends.keyless(span)));
    }

    private List<Reader.Entry> read(InternalStream stream) {
        return InternalAppends.read(rig(), stream);
    }
}
