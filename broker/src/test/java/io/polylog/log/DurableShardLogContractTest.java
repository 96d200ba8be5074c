package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What may be relied on with every engine that keeps what it answered.
abstract class DurableShardLogContractTest extends ShardLogContractTest {
    private static final long STREAM = 77;
    private static final long FILLER = 79;

    @Override
    abstract EngineRig.Durable makeRig();

    @Test
    void whatWasAnsweredIsThereAfterACrash() {
        List<Ask> asks = IntStream.range(0, 200).mapToObj(i -> propose(text("m" + i))).toList();
        asks.forEach(this::await);
        String before = machine.dump();

        restart();

        assertThat(machine.dump()).isEqualTo(before);
        assertThat(texts(STREAM, 0))
                .containsExactlyElementsOf(IntStream.range(0, 200).mapToObj(i -> "m" + i).toList());
    }

    @Test
    void replayHasNoProposersAndEndsBeforeItLeads() {
        IntStream.range(0, 20).forEach(i -> await(propose(text("m" + i))));
        long epoch = log.epoch();

        restart();

        assertThat(machine.applied).allMatch(LedgerMachine.Applied::replayed);
        assertThat(machine.applied).allMatch(batch -> batch.epoch() == epoch);
        assertThat(log.epoch()).isGreaterThan(epoch);
        assertThat(machine.leadingEpoch).isEqualTo(log.epoch());
        assertThat(machine.notesExcept("committed").getLast()).isEqualTo("leading");
    }

    @Test
    void whatCameBeforeAndAfterACheckpointIsThere() {
        IntStream.range(0, 50).forEach(i -> await(propose(text("a" + i))));
        durable().checkpoint();
        IntStream.range(0, 50).forEach(i -> await(propose(text("b" + i))));
        String before = machine.dump();

        restart();

        assertThat(machine.dump()).isEqualTo(before);
        assertThat(texts(STREAM, 0)).hasSize(100).startsWith("a0", "a1").endsWith("b48", "b49");
    }

    @Test
    void theLogGoesOnAfterARestartWhereItWas() {
        await(propose(text("a")));
        restart();
        Ask next = propose(text("b"));
        await(next);

        assertThat(next.index()).isEqualTo(2);
        assertThat(texts(STREAM, 0)).containsExactly("a", "b");
    }

    @Test
    void batchTimeDoesNotGoBackThroughARestart() {
        await(propose(text("a")));
        long before = machine.applied.getLast().timeMs();
        rig.jumpWallMs(-86_400_000);
        durable().checkpoint();
        restart();
        await(propose(text("b")));

        assertThat(machine.applied.getLast().timeMs()).isGreaterThanOrEqualTo(before);
    }

    @Test
    void whatWasUnderWayAtACrashIsThereAsAPrefixOrNotAtAll() {
        SplittableRandom random = new SplittableRandom(7);
        List<String> expected = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            int count = 1 + random.nextInt(20);
            String name = "r" + round + "-";
            List<Ask> asks =
                    IntStream.range(0, count).mapToObj(i -> propose(text(name + i))).toList();
            await(asks.get(random.nextInt(count)));
            long answered = asks.stream().filter(Ask::isDone).count();

            restart();

            List<String> found = texts(STREAM, expected.size());
            assertThat(found).hasSizeBetween((int) answered, count);
            IntStream.range(0, found.size()).forEach(i -> expected.add(name + i));
            assertThat(texts(STREAM, 0)).containsExactlyElementsOf(expected);
        }
    }

    @Test
    void deadRecordsStayDeadToTheMachineAndTheRestIsFoundThroughCheckpoints() {
        IntStream.range(0, 100).forEach(i -> await(propose(text("m" + i))));
        await(propose(LedgerMachine.change(LedgerMachine.TRIM, STREAM, 40, 0)));
        durable().checkpoint();
        await(propose(LedgerMachine.change(LedgerMachine.TRIM, STREAM, 60, 0)));
        restart();
        IntStream.range(100, 120).forEach(i -> await(propose(text("m" + i))));

        assertThat(texts(STREAM, 60))
                .containsExactlyElementsOf(
                        IntStream.range(60, 120).mapToObj(i -> "m" + i).toList());
    }

    @Test
    void aFullDiskRefusesNewDataAtOnceAndLetsSettlementsPass() {
        await(propose(text("a")));
        durable().diskFull(true);
        rig.await(() -> refusedAsFull(LedgerMachine.put(1, new byte[200_000], FILLER)));
        Ask settle = new Ask();
        List<Command> commands = List.of(LedgerMachine.note(new byte[] {1}));
        log.propose(new Batch(commands, Batch.Urgency.SETTLE, settle));
        await(settle);
        durable().diskFull(false);
        rig.await(() -> !refusedAsFull(LedgerMachine.put(1, new byte[200_000], FILLER)));

        await(propose(text("b")));
        assertThat(texts(STREAM, 0)).containsExactly("a", "b");
        restart();
        assertThat(texts(STREAM, 0)).containsExactly("a", "b");
    }

    private boolean refusedAsFull(Command command) {
        Ask ask = propose(command);
        rig.await(ask::answered);
        return ask.refusal() == Batch.Refusal.DISK_FULL;
    }

    final EngineRig.Durable durable() {
        return (EngineRig.Durable) rig;
    }

    final void restart() {
        durable().crash();
        open();
    }
}
