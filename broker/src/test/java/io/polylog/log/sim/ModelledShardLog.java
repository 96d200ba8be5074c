package io.polylog.log.sim;

import io.polylog.io.Clock;
import io.polylog.log.Batch;
import io.polylog.log.Command;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardLog;
import io.polylog.log.ShardMachine;
import io.polylog.log.ShardMachine.Entry;
import io.polylog.log.ShardMachine.Locator;
import io.polylog.log.ShardMachine.Logged;
import io.polylog.log.ShardMachine.Snapshot;
import io.polylog.log.sim.LoggedBatch.LoggedCommand;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One shard of a [ModelledNode] in one life of its process. A batch is proposed, logged (from then
/// on it survives a crash) and applied; each of these is a step, and so are tasks, slices of a
/// checkpoint, lost answers and changes of the leader.
///
/// It complains (IllegalStateException) about a machine or a proposer that breaks the contract.
public final class ModelledShardLog implements ShardLog {
    private static final int CELL_BYTES = 64 * 1024;
    private static final byte POISON = (byte) 0xDB;
    private static final int LONGEST_GROUP = 8;

    private final ModelledNode node;
    private final Clock clock;
    private final SplittableRandom random;
    private final Temper temper;
    private final Medium medium;
    private final ModelledStore store;
    private final ShardMachine machine;
    private final Deque<InFlight> proposed = new ArrayDeque<>();
    private final Deque<InFlight> logged = new ArrayDeque<>();
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private @Nullable Cut cut;
    private long appliedIndex;
    private int stepsWithoutLeader;
    private boolean ended;

    ModelledShardLog(
            ModelledNode node,
            Temper temper,
            Medium medium,
            SplittableRandom random,
            Function<RecordStore, ShardMachine> maker) {
        this.node = node;
        this.clock = node.clock();
        this.temper = temper;
        this.medium = medium;
        this.random = random;
        store = medium.reopenStore();
        machine = maker.apply(store);
    }

    /// A checkpoint under way.
    private record Cut(Snapshot snapshot, long index, List<byte[]> cells) {}

    /// Takes back what survived.
    void start() {
        for (ByteBuffer cell : medium.cells()) {
            machine.restore(cell);
            poison(cell);
        }
        appliedIndex = medium.cutIndex();
        machine.restored();
        for (LoggedBatch batch : medium.log()) {
            checkFollows(batch);
            appliedIndex = batch.index();
            apply(machine, store, batch, null);
        }
        store.show(appliedIndex);
        machine.leading(medium.raiseEpoch());
    }

    // ---- ShardLog

    @Override
    public void propose(Batch batch) {
        Batch.Refusal refusal;
        synchronized (node) {
            checkRunning();
            check(batch);
            refusal = refusal(batch);
            if (refusal == null) {
                proposed.add(new InFlight(batch));
            }
        }
        if (refusal != null) {
            batch.proposer().refused(refusal);
        }
    }

    private static void check(Batch batch) {
        if (batch.commands().isEmpty()) {
            throw new IllegalStateException("a batch has at least one command");
        }
        for (Command command : batch.commands()) {
            ByteBuffer payload = command.payload();
            boolean fits =
                    command.type() >= 1
                            && command.type() <= 65_535
                            && command.head().remaining() <= CELL_BYTES
                            && (payload == null
                                    || payload.remaining() <= Command.LARGEST_PAYLOAD_BYTES);
            if (!fits) {
                throw new IllegalStateException("beyond the limits: " + command);
            }
        }
    }

    private Batch.@Nullable Refusal refusal(Batch batch) {
        if (stepsWithoutLeader > 0) {
            return Batch.Refusal.NOT_LEADER;
        }
        if (node.isDiskFull()
                && !temper.equals(Temper.MEMORY)
                && batch.urgency() == Batch.Urgency.PUBLISH) {
            return Batch.Refusal.DISK_FULL;
        }
        return chance(temper.busy()) ? Batch.Refusal.BUSY : null;
    }

    @Override
    public void execute(Runnable task) {
        synchronized (node) {
            checkRunning();
            tasks.add(task);
        }
    }

    @Override
    public long epoch() {
        return medium.epoch();
    }

    @Override
    public RecordStore store() {
        return store;
    }

    // ---- its life, step by step

    boolean hasWork() {
        return !proposed.isEmpty()
                || !logged.isEmpty()
                || !tasks.isEmpty()
                || cut != null
                || stepsWithoutLeader > 0;
    }

    /// Does one thing that may happen now.
    void step() {
        checkRunning();
        if (stepsWithoutLeader > 0) {
            findLeader();
            return;
        }
        if (chance(temper.depose())) {
            loseLeader();
            return;
        }
        if (chance(temper.forget())) {
            forgetOne();
        }
        if (cut == null && chance(temper.checkpoint())) {
            beginCheckpoint();
        }
        List<Runnable> possible = possibleSteps();
        if (!possible.isEmpty()) {
            possible.get(random.nextInt(possible.size())).run();
        }
    }

    private List<Runnable> possibleSteps() {
        List<Runnable> possible = new ArrayList<>();
        if (!proposed.isEmpty()) {
            possible.add(() -> log(1 + random.nextInt(LONGEST_GROUP)));
        }
        if (!logged.isEmpty()) {
            possible.add(() -> commit(1 + random.nextInt(LONGEST_GROUP)));
        }
        if (!tasks.isEmpty()) {
            possible.add(() -> runTasks(1 + random.nextInt(LONGEST_GROUP)));
        }
        if (cut != null) {
            possible.add(this::slice);
        }
        return possible;
    }

    private void log(int most) {
        for (int i = 0; i < most && !proposed.isEmpty(); i++) {
            InFlight next = proposed.remove();
            next.write(medium, clock.wallMs());
            logged.add(next);
        }
    }

    /// Applies a group of batches as one commit. Their proposers hear while it goes on or after.
    private void commit(int most) {
        List<InFlight> group = new ArrayList<>();
        boolean answersAtOnce = random.nextBoolean();
        while (group.size() < most && !logged.isEmpty()) {
            InFlight next = logged.remove();
            checkFollows(next.written());
            apply(machine, store, next.written(), next.proposer());
            appliedIndex = next.written().index();
            group.add(next);
            if (answersAtOnce) {
                next.done();
            }
        }
        committed();
        group.forEach(InFlight::done);
    }

    private void checkFollows(LoggedBatch batch) {
        if (batch.index() != appliedIndex + 1) {
            throw new IllegalStateException(batch.index() + " follows " + appliedIndex);
        }
    }

    private static void apply(
            ShardMachine machine,
            ModelledStore store,
            LoggedBatch batch,
            Batch.@Nullable Proposer proposer) {
        List<@Nullable Locator> locators = store.begin(batch);
        List<ByteBuffer> heads = new ArrayList<>();
        List<Logged> commands = new ArrayList<>();
        for (int i = 0; i < locators.size(); i++) {
            LoggedCommand command = batch.commands().get(i);
            ByteBuffer head = ByteBuffer.wrap(command.head().clone());
            heads.add(head);
            commands.add(
                    new Logged(
                            command.type(),
                            command.span(),
                            head.asReadOnlyBuffer(),
                            locators.get(i)));
        }
        List<Logged> view = Collections.unmodifiableList(commands);
        machine.apply(new Entry(batch.index(), batch.epoch(), batch.timeMs(), view, proposer));
        store.end();
        commands.clear();
        heads.forEach(ModelledShardLog::poison);
    }

    /// What was handed over for the time of a call is worthless after it.
    private static void poison(ByteBuffer buffer) {
        buffer.clear();
        while (buffer.hasRemaining()) {
            buffer.put(POISON);
        }
    }

    private void committed() {
        store.show(appliedIndex);
        machine.committed();
    }

    private void runTasks(int most) {
        for (int i = 0; i < most && !tasks.isEmpty(); i++) {
            tasks.remove().run();
        }
        committed();
    }

    // ---- checkpoints

    private void beginCheckpoint() {
        cut = new Cut(machine.checkpoint(), appliedIndex, new ArrayList<>());
    }

    private void slice() {
        Cut current = cut;
        if (current == null) {
            return;
        }
        ByteBuffer cell = current.snapshot.next();
        if (cell == null) {
            medium.checkpointed(current.index, current.cells);
            cut = null;
        } else if (cell.remaining() > CELL_BYTES) {
            throw new IllegalStateException("a cell of " + cell.remaining() + " bytes");
        } else {
            current.cells.add(LoggedBatch.bytes(cell));
        }
    }

    /// Takes a whole checkpoint now.
    public void checkpoint() {
        checkRunning();
        if (cut == null) {
            beginCheckpoint();
        }
        while (cut != null) {
            slice();
        }
    }

    /// The machine's state now. A checkpoint under way is given up.
    List<byte[]> dump() {
        cut = null;
        return drained(machine.checkpoint());
    }

    /// What all that was applied so far makes of another machine.
    List<byte[]> replayed(Function<RecordStore, ShardMachine> maker) {
        ModelledStore fresh = new ModelledStore(random.split());
        ShardMachine other = maker.apply(fresh);
        for (LoggedBatch batch : medium.all()) {
            if (batch.index() <= appliedIndex) {
                apply(other, fresh, batch, null);
            }
        }
        return drained(other.checkpoint());
    }

    private static List<byte[]> drained(Snapshot snapshot) {
        List<byte[]> cells = new ArrayList<>();
        ByteBuffer cell;
        while ((cell = snapshot.next()) != null) {
            cells.add(LoggedBatch.bytes(cell));
        }
        return cells;
    }

    // ---- what only a cluster does

    /// An answer gets lost; the batch goes on its way.
    void forgetOne() {
        List<InFlight> waiting = new ArrayList<>(logged);
        waiting.addAll(proposed);
        if (!waiting.isEmpty()) {
            InFlight lost = waiting.get(random.nextInt(waiting.size()));
            lost.checkUnchanged();
            lost.refuse(Batch.Refusal.UNKNOWN);
        }
    }

    /// Of what was under way a prefix survives, and nobody hears of it.
    void loseLeader() {
        log(random.nextInt(proposed.size() + 1));
        List<InFlight> lost = new ArrayList<>(logged);
        lost.addAll(proposed);
        proposed.clear();
        lost.forEach(batch -> batch.refuse(Batch.Refusal.UNKNOWN));
        stepsWithoutLeader = 1 + random.nextInt(5);
    }

    private void findLeader() {
        if (--stepsWithoutLeader == 0) {
            commit(logged.size());
            machine.leading(medium.raiseEpoch());
            committed();
        }
    }

    // ---- the end

    /// The process dies: of what was under way a prefix may have been written.
    void crash() {
        log(random.nextInt(proposed.size() + 1));
        ended = true;
    }

    private void checkRunning() {
        if (ended) {
            throw new IllegalStateException("this process has crashed");
        }
    }

    private boolean chance(int outOfThousand) {
        return !node.isCalm() && random.nextInt(1000) < outOfThousand;
    }
}
