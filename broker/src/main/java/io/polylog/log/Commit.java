package io.polylog.log;

import io.polylog.io.Clock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One commit after the other: gathers what waits into a block, writes it durably, applies it and
/// answers. Commit thread.
final class Commit {
    /// There is no segment to go on in yet.
    static final int STALLED = -1;

    /// Nothing was written.
    static final int NOTHING = -2;

    private final Clock clock;
    private final Intake intake;
    private final SegmentRoll roll;
    private final BlockWriter writer;
    private final BatchWriter batches;
    private final Applying applying;
    private final LogIndex index;
    private final Upkeep upkeep;
    private final List<Pending> written = new ArrayList<>();
    private final List<ShardMachine.Logged> logged = new ArrayList<>();
    private final List<ShardMachine.Logged> loggedView = Collections.unmodifiableList(logged);
    private int answered;
    private long epoch;

    Commit(
            Clock clock,
            Intake intake,
            SegmentRoll roll,
            BlockWriter writer,
            BatchWriter batches,
            Applying applying,
            Upkeep upkeep) {
        this.clock = clock;
        this.intake = intake;
        this.roll = roll;
        this.writer = writer;
        this.batches = batches;
        this.applying = applying;
        this.upkeep = upkeep;
        index = upkeep.index();
    }

    /// Leads from now on: batches and blocks carry this start counter.
    void lead(long startCounter) {
        epoch = startCounter;
        writer.epoch((int) startCounter);
    }

    /// Whether anything waits to be written.
    boolean hasWork() {
        return batches.open() != null || !intake.isEmpty();
    }

    /// Whether part of a batch is written and the rest waits.
    boolean isInsideBatch() {
        return batches.open() != null;
    }

    /// Opens or shuts the door to new data. Also while nothing waits to be written: at a shut door
    /// nothing ever does.
    void watchSpace() {
        intake.refusePublish(roll.refusesPublish(writer));
    }

    /// Writes and applies one block.
    ///
    /// @return how many waiting proposers were answered, or [#STALLED] or [#NOTHING]
    int run() throws IOException {
        watchSpace();
        turnAway();
        if (!hasWork()) {
            return NOTHING;
        }
        if (needsRoll() && !rollOver()) {
            return STALLED;
        }
        BlockBuilder block = writer.begin();
        fill(block);
        if (block.isEmpty()) {
            // What is left of the segment is too small for the next record.
            return rollOver() ? NOTHING : STALLED;
        }
        write();
        return apply();
    }

    /// Refuses batches at the front that must not be written for want of space.
    private void turnAway() {
        Pending next;
        while (batches.open() == null
                && (next = intake.peek()) != null
                && roll.refuses(next, writer)) {
            intake.take(next);
            intake.answered(next);
            next.batch.proposer().refused(Batch.Refusal.DISK_FULL);
        }
    }

    /// A batch lies in one segment if it can: then a segment begins with a batch.
    private boolean needsRoll() {
        if (writer.roomBytes() < BlockCodec.ALIGNMENT) {
            return true;
        }
        Pending next = batches.open() == null ? intake.peek() : null;
        return next != null && !roll.isFresh() && next.logBytes() > writer.roomBytes();
    }

    /// Goes on in the next segment; between batches a checkpoint is cut where it begins.
    private boolean rollOver() throws IOException {
        if (!roll.roll(writer)) {
            return false;
        }
        upkeep.rolled();
        if (!isInsideBatch()) {
            roll.sealIndexes();
            boolean _ = upkeep.cut(place());
        }
        return true;
    }

    /// Where the next block will lie.
    ReplayStart place() {
        return writer.place();
    }

    /// All before this position is durable, and applied but for what is still open.
    long durable() {
        return writer.watermark();
    }

    /// Number of the active segment.
    private int activeSegment() {
        return writer.segment().number();
    }

    private void fill(BlockBuilder block) {
        do {
            Pending pending = batches.open();
            if (pending == null) {
                pending = open(block);
            }
            if (pending == null || !batches.writeInto(block, epoch)) {
                return;
            }
            pending.firstSegment = Position.segment(batches.firstPosition());
            written.add(pending);
        } while (true);
    }

    /// Takes up the next batch if it may go into this block.
    private @Nullable Pending open(BlockBuilder block) {
        Pending next = intake.peek();
        if (next == null || roll.refuses(next, writer)) {
            return null;
        }
        boolean fits = next.logBytes() <= writer.roomBytes() - block.usedBytes();
        if (!fits && !(block.isEmpty() && roll.isFresh())) {
            return null;
        }
        intake.take(next);
        next.shard.stamp(next, clock.wallMs());
        batches.open(next);
        return next;
    }

    private void write() throws IOException {
        writer.write(clock.wallMs());
        roll.used();
    }

    /// Writes an empty block, so that the watermark of the one before is on disk. Not inside a
    /// batch. False when there is no segment to go on in.
    boolean seal() throws IOException {
        if (writer.roomBytes() < BlockCodec.ALIGNMENT && !rollOver()) {
            return false;
        }
        BlockBuilder _ = writer.begin();
        write();
        return true;
    }

    private int apply() {
        int waiting = 0;
        for (answered = 0; answered < written.size(); answered++) {
            Pending pending = written.get(answered);
            apply(pending);
            waiting += pending.batch.urgency() == Batch.Urgency.RELAXED ? 0 : 1;
        }
        applying.forget();
        upkeep.changed();
        for (int i = 0; i < written.size(); i++) {
            written.get(i).shard.commitIfTouched();
        }
        written.clear();
        answered = 0;
        if (batches.open() == null) {
            roll.sealIndexes();
        }
        return waiting;
    }

    private void apply(Pending pending) {
        List<Command> commands = pending.batch.commands();
        index.keep(pending.firstSegment, activeSegment());
        applying.begin(pending.payloads, pending.timeMs);
        logged.clear();
        int payload = 0;
        for (int i = 0; i < commands.size(); i++) {
            Command command = commands.get(i);
            ShardMachine.Locator locator = command.span() > 0 ? applying.locator(payload++) : null;
            logged.add(
                    new ShardMachine.Logged(
                            command.type(), command.span(), Pending.head(command), locator));
        }
        pending.shard.touch();
        pending.shard.machine.apply(
                new ShardMachine.Entry(
                        pending.index,
                        epoch,
                        pending.timeMs,
                        loggedView,
                        pending.batch.proposer()));
        pending.batch.proposer().done(pending.index, epoch);
        intake.answered(pending);
    }

    /// The log has failed. What was taken and not answered is neither known to be logged nor not.
    void abandon() {
        Pending open = batches.open();
        for (Pending pending : written.subList(answered, written.size())) {
            pending.batch.proposer().refused(Batch.Refusal.UNKNOWN);
        }
        if (open != null) {
            open.batch.proposer().refused(Batch.Refusal.UNKNOWN);
        }
    }
}
