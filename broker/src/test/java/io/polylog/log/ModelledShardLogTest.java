package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.io.sim.SimClock;
import io.polylog.log.sim.ModelledNode;
import io.polylog.log.sim.Temper;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/// The modelled engine keeps the contract of every engine, and does what a cluster's may do.
final class ModelledShardLogTest extends DurableShardLogContractTest {
    private static final long SEED = 42;

    @Override
    EngineRig.Durable makeRig() {
        return new ModelRig(SEED, Temper.LOCAL);
    }

    private static final class ModelRig implements EngineRig.Durable {
        private static final int STEPS = 1_000_000;

        private final SimClock clock = new SimClock();
        private final ModelledNode node;

        ModelRig(long seed, Temper temper) {
            node = new ModelledNode(seed, clock, temper);
        }

        @Override
        public ShardLog start(Function<RecordStore, ShardMachine> machine) {
            return node.open(0, machine);
        }

        @Override
        public void await(BooleanSupplier condition) {
            for (int i = 0; i < STEPS && !condition.getAsBoolean(); i++) {
                if (!node.step()) {
                    assertThat(condition.getAsBoolean()).as("idle, and yet").isTrue();
                }
            }
        }

        @Override
        public void jumpWallMs(long ms) {
            clock.jumpWallMs(ms);
        }

        @Override
        public void close() {
            while (node.step()) {
                clock.advanceNanos(1);
            }
        }

        @Override
        public void crash() {
            node.crash();
        }

        @Override
        public void checkpoint() {
            node.checkpoint();
        }

        @Override
        public void diskFull(boolean full) {
            node.diskFull(full);
        }
    }

    @RepeatedTest(50)
    void inAClusterWhatIsAnsweredDoneIsThereAndNothingTwice(RepetitionInfo repetition) {
        rig = new ModelRig(repetition.getCurrentRepetition(), Temper.CLUSTER);
        open();
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            asks.add(propose(text("m" + i)));
        }
        asks.forEach(ask -> rig.await(ask::answered));
        rig.close();

        List<String> found = texts(77, 0);
        assertThat(found).doesNotHaveDuplicates();
        for (int i = 0; i < asks.size(); i++) {
            Batch.Refusal refusal = asks.get(i).refusal();
            if (refusal == null) {
                assertThat(found).contains("m" + i);
            } else if (refusal != Batch.Refusal.UNKNOWN) {
                assertThat(found).doesNotContain("m" + i);
            }
        }
        List<Integer> order = found.stream().map(text -> number(text)).toList();
        assertThat(order).isSorted();
    }

    private static int number(String text) {
        return Integer.parseInt(text.substring(1));
    }

    @Test
    void overManySeedsItDoesEverythingItMay() {
        Set<Batch.Refusal> refusals = EnumSet.noneOf(Batch.Refusal.class);
        boolean newEpochs = false;
        boolean storedThoughUnknown = false;
        boolean lostAsUnknown = false;
        for (int seed = 0; seed < 60; seed++) {
            rig = new ModelRig(seed, Temper.CLUSTER);
            open();
            long epoch = log.epoch();
            List<Ask> asks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asks.add(propose(text("m" + i)));
            }
            asks.forEach(ask -> rig.await(ask::answered));
            rig.close();
            List<String> found = texts(77, 0);
            for (int i = 0; i < asks.size(); i++) {
                Batch.Refusal refusal = asks.get(i).refusal();
                if (refusal != null) {
                    refusals.add(refusal);
                }
                boolean unknown = refusal == Batch.Refusal.UNKNOWN;
                storedThoughUnknown |= unknown && found.contains("m" + i);
                lostAsUnknown |= unknown && !found.contains("m" + i);
            }
            newEpochs |= log.epoch() > epoch;
        }

        assertThat(refusals).contains(Batch.Refusal.UNKNOWN, Batch.Refusal.BUSY);
        assertThat(newEpochs).isTrue();
        assertThat(storedThoughUnknown).isTrue();
        assertThat(lostAsUnknown).isTrue();
    }

    @Test
    void aCheckpointIsTakenBackAndOnlyTheRestReplayed() {
        await(propose(text("a")));
        durable().checkpoint();
        await(propose(text("b")));
        restart();

        assertThat(machine.applied.getFirst().index()).isEqualTo(2);
        List<String> notes = machine.notesExcept("committed");
        assertThat(notes.getFirst()).isEqualTo("restore");
        assertThat(notes.indexOf("restored")).isGreaterThan(notes.lastIndexOf("restore"));
    }

    @Test
    void aBatchThatChangesBeforeItIsAnsweredIsFoundOut() {
        byte[] payload = bytes("before");
        Ask ask = new Ask();
        log.propose(
                new Batch(List.of(LedgerMachine.put(1, payload, 77)), Batch.Urgency.PUBLISH, ask));
        payload[0] = 'X';

        assertThatThrownBy(() -> rig.await(ask::answered)).hasMessageContaining("changed");
        open(new ModelRig(SEED, Temper.LOCAL));
    }

    @Test
    void aMachineThatGoesBackInAStreamIsFoundOut() {
        ModelRig other = new ModelRig(SEED, Temper.LOCAL);
        ShardLog bad = other.start(store -> new AlwaysAtZero(store));
        Ask ask = new Ask();
        for (int i = 0; i < 2; i++) {
            bad.propose(new Batch(List.of(text("a")), Batch.Urgency.PUBLISH, ask));
        }

        assertThatThrownBy(() -> other.await(() -> ask.answers() == 2))
                .hasMessageContaining("goes back");
    }

    @Test
    void aMachineThatKeepsALocatorIsFoundOut() {
        ModelRig other = new ModelRig(SEED, Temper.LOCAL);
        ShardLog bad = other.start(store -> new LateToPut(store));
        Ask ask = new Ask();
        for (int i = 0; i < 2; i++) {
            bad.propose(new Batch(List.of(text("a")), Batch.Urgency.PUBLISH, ask));
        }

        assertThatThrownBy(() -> other.await(() -> ask.answers() == 2))
                .hasMessageContaining("during its apply only");
    }

    private void open(EngineRig fresh) {
        rig = fresh;
        open();
    }

    /// Puts every payload at offset 0.
    private static final class AlwaysAtZero extends Careless {
        AlwaysAtZero(RecordStore store) {
            super(store);
        }

        @Override
        public void apply(Entry entry) {
            store.put(1, 0, 1, locator(entry));
        }
    }

    /// Puts what the batch before brought.
    private static final class LateToPut extends Careless {
        private final List<Locator> kept = new ArrayList<>();

        LateToPut(RecordStore store) {
            super(store);
        }

        @Override
        public void apply(Entry entry) {
            kept.forEach(locator -> store.put(1, 0, 1, locator));
            kept.add(locator(entry));
        }
    }

    private abstract static class Careless implements ShardMachine {
        final RecordStore store;

        Careless(RecordStore store) {
            this.store = store;
        }

        static Locator locator(Entry entry) {
            Locator locator = entry.commands().getFirst().locator();
            assertThat(locator).isNotNull();
            return locator;
        }

        @Override
        public void committed() {}

        @Override
        public void leading(long epoch) {}

        @Override
        public Snapshot checkpoint() {
            return () -> null;
        }

        @Override
        public void restore(ByteBuffer cell) {}

        @Override
        public void restored() {}
    }
}
