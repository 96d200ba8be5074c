package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a machine and its proposers may rely on with every engine.
abstract class ShardLogContractTest {
    private static final long STREAM = 77;
    private static final long OTHER = 78;

    EngineRig rig;
    LedgerMachine machine;
    ShardLog log;

    abstract EngineRig makeRig();

    @BeforeEach
    void start() {
        rig = makeRig();
        open();
    }

    final void open() {
        AtomicReference<LedgerMachine> made = new AtomicReference<>();
        log =
                rig.start(store -> {
                    made.set(new LedgerMachine(store));
                    return made.get();
                });
        machine = made.get();
        rig.await(() -> machine.leadingEpoch > 0);
    }

    @AfterEach
    void stop() {
        assertThat(machine.complaint).isNull();
        rig.close();
    }

    @Test
    void itLeadsBeforeItAppliesAnything() {
        await(propose(text("a")));

        List<String> notes = machine.notesExcept("committed");
        assertThat(notes).contains("leading");
        assertThat(machine.leadingEpoch).isEqualTo(log.epoch()).isPositive();
        assertThat(machine.applied.getFirst().epoch()).isEqualTo(log.epoch());
    }

    @Test
    void batchesOfOneThreadAreAppliedInTheirOrderWithoutGaps() {
        List<Ask> asks = IntStream.range(0, 500).mapToObj(i -> propose(text("m" + i))).toList();
        asks.forEach(this::await);

        assertThat(asks.stream().map(Ask::index))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 500).boxed().toList());
        assertThat(machine.applied.stream().map(LedgerMachine.Applied::index))
                .containsExactlyElementsOf(LongStream.rangeClosed(1, 500).boxed().toList());
        assertThat(texts(STREAM, 0))
                .containsExactlyElementsOf(IntStream.range(0, 500).mapToObj(i -> "m" + i).toList());
    }

    @Test
    void aBatchIsAnsweredOnceAfterItWasAppliedAndEveryApplyIsCommitted() {
        List<Ask> asks = IntStream.range(0, 100).mapToObj(i -> propose(text("m" + i))).toList();
        asks.forEach(this::await);
        rig.await(() -> machine.committedApplied == 100);

        assertThat(asks)
                .allSatisfy(ask -> {
                    assertThat(ask.answers()).isEqualTo(1);
                    assertThat(ask.answeredBeforeApply()).isFalse();
                    assertThat(ask.epoch()).isEqualTo(log.epoch());
                });
        assertThat(machine.applied).noneMatch(LedgerMachine.Applied::replayed);
    }

    @Test
    void theCommandsOfABatchStayTogetherAtOneTime() {
        Ask ask = new Ask();
        List<Command> commands =
                List.of(
                        text("a"),
                        LedgerMachine.note(new byte[] {1, 2, 3}),
                        LedgerMachine.put(5, bytes("five"), STREAM, OTHER),
                        text("b"));
        log.propose(new Batch(commands, Batch.Urgency.PUBLISH, ask));
        await(ask);

        assertThat(machine.applied).hasSize(1);
        assertThat(machine.applied.getFirst().commands()).isEqualTo(4);
        assertThat(texts(STREAM, 0)).containsExactly("a", "five", "b");
        assertThat(texts(OTHER, 0)).containsExactly("five");
    }

    @Test
    void batchTimeNeverGoesBackThoughTheWallClockDoes() {
        await(propose(text("a")));
        rig.jumpWallMs(-3_600_000);
        await(propose(text("b")));
        rig.jumpWallMs(7_200_000);
        await(propose(text("c")));

        List<Long> times = machine.applied.stream().map(LedgerMachine.Applied::timeMs).toList();
        assertThat(times).isSorted();
        assertThat(times.get(2) - times.get(1)).isGreaterThanOrEqualTo(3_600_000);
    }

    @Test
    void whatWasPutComesBackByteForByteWithItsHeadTypeAndTime() {
        byte[] payload = randomBytes(3_000);
        await(propose(LedgerMachine.put(3, payload, STREAM)));

        RecordStore.StoredRecord record = read(STREAM, 0, 1).records().getFirst();
        assertThat(record.offset()).isZero();
        assertThat(record.span()).isEqualTo(3);
        assertThat(record.type()).isEqualTo(LedgerMachine.PUT);
        assertThat(record.timeMs()).isEqualTo(machine.applied.getFirst().timeMs());
        assertThat(record.payload()).isEqualTo(ByteBuffer.wrap(payload));
        assertThat(record.head()).isEqualTo(ByteBuffer.allocate(8).putLong(STREAM).flip());
    }

    @Test
    void theLargestHeadAndPayloadFit() {
        byte[] payload = randomBytes(16 << 20);
        byte[] head = randomBytes(64 * 1024);
        await(propose(LedgerMachine.note(head)));
        await(propose(LedgerMachine.put(1, payload, STREAM)));
        await(propose(text("after")));

        RecordStore.StoredRecord record = read(STREAM, 0, 1).records().getFirst();
        assertThat(record.payload()).isEqualTo(ByteBuffer.wrap(payload));
        assertThat(texts(STREAM, 1)).containsExactly("after");
    }

    @Test
    void anEmptyPayloadIsARecordToo() {
        await(propose(LedgerMachine.put(1, new byte[0], STREAM)));
        await(propose(text("after")));

        assertThat(texts(STREAM, 0)).containsExactly("", "after");
    }

    @Test
    void aReadGivesAtLeastOneRecordAndThenWhatFits() {
        for (int i = 0; i < 20; i++) {
            await(propose(LedgerMachine.put(1, randomBytes(1_000), STREAM)));
        }

        assertThat(read(STREAM, 0, 10).records()).hasSize(1);
        assertThat(read(STREAM, 0, 3_500).records()).hasSizeBetween(1, 3);
        long offset = 0;
        int count = 0;
        while (offset < 20) {
            RecordStore.Read read = read(STREAM, offset, 2_000);
            assertThat(read.records()).isNotEmpty();
            assertThat(read.records().getFirst().offset()).isEqualTo(offset);
            assertThat(read.nextOffset()).isGreaterThan(offset);
            count += read.records().size();
            offset = read.nextOffset();
        }
        assertThat(count).isEqualTo(20);
    }

    @Test
    void aReadInTheMiddleOfARecordGivesItWhole() {
        await(propose(LedgerMachine.put(10, bytes("ten"), STREAM)));
        await(propose(LedgerMachine.put(2, bytes("two"), STREAM)));

        RecordStore.Read read = read(STREAM, 7, 1);
        assertThat(read.records().getFirst().offset()).isZero();
        assertThat(read.records().getFirst().span()).isEqualTo(10);
        assertThat(read.nextOffset()).isGreaterThanOrEqualTo(10);
        assertThat(texts(STREAM, 11)).containsExactly("two");
    }

    @Test
    void aReadOfNothingGivesNothing() {
        await(propose(text("a")));

        assertThat(read(STREAM, 1, 1_000).records()).isEmpty();
        assertThat(read(999, 0, 1_000).records()).isEmpty();
        assertThat(read(999, 0, 1_000).damage()).isNull();
    }

    @Test
    void theBuffersOfAReadBelongToTheReader() {
        await(propose(text("hello")));

        for (int i = 0; i < 3; i++) {
            ByteBuffer payload = read(STREAM, 0, 100).records().getFirst().payload();
            assertThat(payload).isEqualTo(ByteBuffer.wrap(bytes("hello")));
            while (payload.hasRemaining() && !payload.isReadOnly()) {
                payload.put((byte) 0);
            }
        }
    }

    @Test
    void whatIsNotTrimmedDroppedOrDeletedStaysReadable() {
        List<Ask> asks = IntStream.range(0, 100).mapToObj(i -> propose(text("m" + i))).toList();
        asks.forEach(this::await);
        await(propose(LedgerMachine.put(1, bytes("else"), OTHER)));
        await(propose(LedgerMachine.change(LedgerMachine.TRIM, STREAM, 10, 0)));
        await(propose(LedgerMachine.change(LedgerMachine.DROP, STREAM, 50, 60)));
        await(propose(LedgerMachine.change(LedgerMachine.DELETE, 12345, 0, 0)));

        List<String> kept = texts(STREAM, 10);
        List<String> owed = new ArrayList<>();
        IntStream.range(10, 50).forEach(i -> owed.add("m" + i));
        IntStream.range(60, 100).forEach(i -> owed.add("m" + i));
        assertThat(kept).containsAll(owed);
        assertThat(texts(OTHER, 0)).containsExactly("else");
    }

    @Test
    void aStreamGoesOnAfterAllOfItWasTrimmed() {
        await(propose(text("a")));
        await(propose(text("b")));
        await(propose(LedgerMachine.change(LedgerMachine.TRIM, STREAM, 2, 0)));
        await(propose(text("c")));

        assertThat(texts(STREAM, 2)).containsExactly("c");
    }

    @Test
    void tasksRunInOrderBetweenBatchesAndACommitFollows() {
        LedgerMachine target = machine;
        for (int i = 0; i < 50; i++) {
            propose(text("m" + i));
            String name = "task " + i;
            log.execute(() -> target.task(name));
        }
        rig.await(() -> machine.notes.contains("task 49"));
        rig.await(() -> machine.notes.getLast().equals("committed"));

        List<String> tasks = machine.notes.stream().filter(n -> n.startsWith("task")).toList();
        assertThat(tasks)
                .containsExactlyElementsOf(
                        IntStream.range(0, 50).mapToObj(i -> "task " + i).toList());
    }

    @Test
    void aTaskHandedOverAfterAnAnswerSeesWhatWasApplied() {
        await(propose(text("a")));
        List<Integer> seen = new ArrayList<>();
        LedgerMachine target = machine;
        log.execute(() -> {
            seen.add(target.applied.size());
            target.task("looked");
        });
        rig.await(() -> machine.notes.contains("looked"));

        assertThat(seen).containsExactly(1);
    }

    @Test
    void settlementsAndRelaxedBatchesAreAppliedToo() {
        Ask settle = new Ask();
        Ask relaxed = new Ask();
        List<Command> commands = List.of(LedgerMachine.note(new byte[] {9}));
        log.propose(new Batch(commands, Batch.Urgency.RELAXED, relaxed));
        await(relaxed);
        log.propose(new Batch(commands, Batch.Urgency.SETTLE, settle));
        await(settle);

        assertThat(relaxed.isDone()).isTrue();
        assertThat(settle.isDone()).isTrue();
        assertThat(machine.applied).hasSize(2);
    }

    // ---- words

    final Ask propose(Command command) {
        Ask ask = new Ask();
        log.propose(new Batch(List.of(command), Batch.Urgency.PUBLISH, ask));
        return ask;
    }

    final void await(Ask ask) {
        rig.await(ask::answered);
        assertThat(ask.refusal()).isNull();
    }

    final RecordStore.Read read(long stream, long offset, int maxBytes) {
        rig.await(() -> machine.committedApplied == machine.applied.size());
        return log.store().read(stream, offset, maxBytes);
    }

    /// Everything from an offset on, read in small pieces.
    final List<String> texts(long stream, long from) {
        List<String> texts = new ArrayList<>();
        long offset = from;
        while (true) {
            RecordStore.Read read = read(stream, offset, 100);
            assertThat(read.damage()).isNull();
            if (read.records().isEmpty()) {
                return texts;
            }
            read.records()
                    .forEach(record ->
                            texts.add(StandardCharsets.UTF_8.decode(record.payload()).toString()));
            assertThat(read.nextOffset()).isGreaterThan(offset);
            offset = read.nextOffset();
        }
    }

    static Command text(String text) {
        return LedgerMachine.put(1, bytes(text), STREAM);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return Arrays.copyOf(bytes, length);
    }
}
