package io.polylog.broker.proof;

import io.polylog.broker.command.AlterSubscriptionCommand;
import io.polylog.broker.command.AppendCommand;
import io.polylog.broker.command.CompactCommand;
import io.polylog.broker.command.DropSubscriptionCommand;
import io.polylog.broker.command.DueCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PauseCommand;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.RelocateCommand;
import io.polylog.broker.command.RemoveCommand;
import io.polylog.broker.command.ResetCommand;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Outcome;
import io.polylog.broker.command.TransferCommand;
import io.polylog.broker.command.TrimCommand;
import io.polylog.log.Batch;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A shard's machine with one bug: it changes what the machine is given to apply, or what it takes
/// back.
final class PlantedBug implements ShardMachine {
    private final ShardMachine machine;
    private final Kind kind;
    private int applied;

    private PlantedBug(ShardMachine machine, Kind kind) {
        this.machine = machine;
        this.kind = kind;
    }

    /// What goes wrong.
    enum Kind {
        /// Now and then a message is answered and not stored.
        LOSES_A_MESSAGE,
        /// Now and then a message is stored twice.
        STORES_TWICE,
        /// Messages of one batch are stored the other way round.
        REORDERS,
        /// Now and then a settlement is answered and has no effect.
        LOSES_A_SETTLEMENT,
        /// Now and then what comes behind a message that is not wanted leaves with it.
        LOSES_WHAT_IS_WANTED,
        /// After a restart what was settled is there again.
        FORGETS_SETTLEMENTS,
        /// After a restart attempts start anew.
        FORGETS_ATTEMPTS,
        /// After a restart nobody knows why messages came back.
        FORGETS_ERRORS,
        /// A released message is gone.
        DROPS_THE_RELEASED,
        /// After a restart producers' retries are taken for new.
        FORGETS_PRODUCERS,
        /// After a restart what was trimmed is there again.
        FORGETS_TRIMS,
        /// After a restart what was given once more is settled.
        FORGETS_RESETS,
        /// After a restart subscriptions are for what they were made for.
        FORGETS_ALTERED_SUBSCRIPTIONS,
        /// After a restart subscriptions that were deleted are there again.
        FORGETS_DELETED_SUBSCRIPTIONS,
        /// After a restart what was compacted is there again.
        FORGETS_COMPACTION,
        /// After a restart single messages that were removed are there again.
        FORGETS_REMOVALS,
        /// Now and then a dead letter does not arrive.
        LOSES_DEAD_LETTERS,
        /// Now and then a dead letter arrives twice.
        DOUBLES_DEAD_LETTERS,
        /// Hidden messages are shown a minute early.
        SHOWS_TOO_SOON,
        /// After a restart hidden messages that were shown are hidden again.
        FORGETS_WHAT_WAS_DUE,
        /// After a restart what an operator sent on is where it was.
        FORGETS_RELOCATIONS,
        /// After a restart what was paused is served, and what was not is as it was.
        FORGETS_PAUSES,
        /// A checkpoint holds what changed after it was begun.
        TEARS_CHECKPOINTS;

        UnaryOperator<ShardMachine> plant() {
            return machine -> new PlantedBug(machine, this);
        }
    }

    @Override
    public void apply(Entry entry) {
        applied++;
        List<Logged> changed = changed(entry.commands(), entry.proposer());
        machine.apply(
                new Entry(entry.index(), entry.epoch(), entry.timeMs(), changed, entry.proposer()));
    }

    private List<Logged> changed(List<Logged> commands, Batch.@Nullable Proposer proposer) {
        List<Logged> changed = new ArrayList<>(commands);
        boolean replay = proposer == null;
        boolean now = applied % 7 == 0;
        switch (kind) {
            case LOSES_A_MESSAGE -> changed.removeIf(c -> now && isPublish(c));
            case STORES_TWICE ->
                    commands.stream()
                            .filter(c -> now && isPublish(c))
                            .map(PlantedBug::again)
                            .forEach(changed::add);
            case REORDERS -> {
                if (commands.stream().allMatch(PlantedBug::isPublish)) {
                    Collections.reverse(changed);
                }
            }
            case LOSES_A_SETTLEMENT -> changed.removeIf(c -> now && isSettle(c, true));
            case LOSES_WHAT_IS_WANTED -> changed.replaceAll(PlantedBug::filteredTooMuch);
            case FORGETS_SETTLEMENTS -> changed.removeIf(c -> replay && isSettle(c, true));
            case FORGETS_ATTEMPTS -> changed.removeIf(c -> replay && isSettle(c, false));
            case FORGETS_ERRORS ->
                    changed.replaceAll(c -> replay && isSettle(c, false) ? withoutError(c) : c);
            case DROPS_THE_RELEASED ->
                    changed.replaceAll(c -> isSettle(c, false) ? accepted(c) : c);
            case FORGETS_PRODUCERS -> changed.replaceAll(c -> replay ? unstamped(c) : c);
            case FORGETS_TRIMS -> changed.removeIf(c -> replay && c.type() == TrimCommand.TYPE);
            case FORGETS_RESETS -> changed.removeIf(c -> replay && c.type() == ResetCommand.TYPE);
            case FORGETS_ALTERED_SUBSCRIPTIONS ->
                    changed.removeIf(c -> replay && c.type() == AlterSubscriptionCommand.TYPE);
            case FORGETS_DELETED_SUBSCRIPTIONS ->
                    changed.removeIf(c -> replay && c.type() == DropSubscriptionCommand.TYPE);
            case FORGETS_COMPACTION ->
                    changed.removeIf(c -> replay && c.type() == CompactCommand.TYPE);
            case FORGETS_REMOVALS ->
                    changed.removeIf(c -> replay && c.type() == RemoveCommand.TYPE);
            case SHOWS_TOO_SOON -> changed.replaceAll(PlantedBug::early);
            case FORGETS_WHAT_WAS_DUE ->
                    changed.removeIf(c -> replay && c.type() == DueCommand.TYPE);
            case LOSES_DEAD_LETTERS ->
                    changed.removeIf(c -> applied % 3 == 0 && c.type() == TransferCommand.TYPE);
            case DOUBLES_DEAD_LETTERS ->
                    commands.stream()
                            .filter(c -> applied % 3 == 0 && c.type() == TransferCommand.TYPE)
                            .map(PlantedBug::published)
                            .forEach(changed::add);
            case FORGETS_RELOCATIONS ->
                    changed.removeIf(c -> replay && c.type() == RelocateCommand.TYPE);
            case FORGETS_PAUSES -> changed.removeIf(c -> replay && c.type() == PauseCommand.TYPE);
            case TEARS_CHECKPOINTS -> {}
        }
        return changed;
    }

    private static boolean isPublish(Logged command) {
        return command.type() == PublishCommand.TYPE;
    }

    private static boolean isSettle(Logged command, boolean leaves) {
        return command.type() == SettleCommand.TYPE
                && SettleCommand.decode(command.head().duplicate()).outcome().leaves() == leaves;
    }

    private static Logged again(Logged command) {
        return new Logged(
                command.type(), command.span(), command.head().duplicate(), command.locator());
    }

    /// A message that comes by itself, and not from another stream.
    private static Logged published(Logged transfer) {
        ByteBuffer head = transfer.head().duplicate();
        TransferCommand.sender(head);
        return new Logged(PublishCommand.TYPE, 1, head.slice(), transfer.locator());
    }

    private static Logged filteredTooMuch(Logged logged) {
        if (logged.type() != SettleCommand.TYPE) {
            return logged;
        }
        SettleCommand command = SettleCommand.decode(logged.head().duplicate());
        if (command.outcome() != Outcome.FILTERED) {
            return logged;
        }
        List<SettleCommand.Span> more =
                command.spans().stream()
                        .map(s -> new SettleCommand.Span(s.first(), s.end() + 1, s.attempt()))
                        .toList();
        HeadWriter head = new HeadWriter(64);
        new SettleCommand(command.subscription(), command.epoch(), command.outcome(), more)
                .encode(head);
        return new Logged(SettleCommand.TYPE, 0, head.toBuffer(), null);
    }

    private static Logged early(Logged logged) {
        if (logged.type() != DueCommand.TYPE) {
            return logged;
        }
        DueCommand command = DueCommand.decode(logged.head());
        HeadWriter head = new HeadWriter(16);
        new DueCommand(command.upToMs() + 60_000, command.pages()).encode(head);
        return new Logged(DueCommand.TYPE, 0, head.toBuffer(), null);
    }

    private static Logged unstamped(Logged logged) {
        if (logged.type() != AppendCommand.TYPE) {
            return logged;
        }
        AppendCommand command = AppendCommand.decode(logged.head());
        HeadWriter head = new HeadWriter(64);
        new AppendCommand(command.stream(), command.encoding(), command.maxTimestampMs(), null)
                .encode(head);
        return new Logged(AppendCommand.TYPE, logged.span(), head.toBuffer(), logged.locator());
    }

    private static Logged withoutError(Logged settled) {
        SettleCommand command = SettleCommand.decode(settled.head().duplicate());
        HeadWriter head = new HeadWriter(64);
        new SettleCommand(
                        command.subscription(),
                        command.epoch(),
                        command.outcome(),
                        command.delayMs(),
                        "",
                        command.spans())
                .encode(head);
        return new Logged(SettleCommand.TYPE, 0, head.toBuffer(), null);
    }

    private static Logged accepted(Logged released) {
        SettleCommand command = SettleCommand.decode(released.head().duplicate());
        HeadWriter head = new HeadWriter(64);
        new SettleCommand(
                        command.subscription(), command.epoch(), Outcome.ACCEPTED, command.spans())
                .encode(head);
        return new Logged(SettleCommand.TYPE, 0, head.toBuffer(), null);
    }

    @Override
    public void committed() {
        machine.committed();
    }

    @Override
    public void leading(long epoch) {
        machine.leading(epoch);
    }

    @Override
    public Snapshot checkpoint() {
        if (kind != Kind.TEARS_CHECKPOINTS) {
            return machine.checkpoint();
        }
        // Begun late: what changed since it was asked for is in it.
        AtomicReference<@Nullable Snapshot> late = new AtomicReference<>();
        return () -> {
            Snapshot snapshot = late.get();
            if (snapshot == null) {
                snapshot = machine.checkpoint();
                late.set(snapshot);
            }
            return snapshot.next();
        };
    }

    @Override
    public void restore(ByteBuffer cell) {
        machine.restore(cell);
    }

    @Override
    public void restored() {
        machine.restored();
    }
}
