package io.polylog.broker.shard;

import io.polylog.broker.command.AlterSubscriptionCommand;
import io.polylog.broker.command.AppendCommand;
import io.polylog.broker.command.AppendInternalCommand;
import io.polylog.broker.command.CompactCommand;
import io.polylog.broker.command.DropStreamCommand;
import io.polylog.broker.command.DropSubscriptionCommand;
import io.polylog.broker.command.DueCommand;
import io.polylog.broker.command.FenceCommand;
import io.polylog.broker.command.GuardCommand;
import io.polylog.broker.command.OpenStreamCommand;
import io.polylog.broker.command.OpenSubscriptionCommand;
import io.polylog.broker.command.PauseCommand;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.PurgeCommand;
import io.polylog.broker.command.RelocateCommand;
import io.polylog.broker.command.RemoveCommand;
import io.polylog.broker.command.ResetCommand;
import io.polylog.broker.command.SealStreamCommand;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SkipCommand;
import io.polylog.broker.command.StageKeysCommand;
import io.polylog.broker.command.TransferCommand;
import io.polylog.broker.command.TransferredCommand;
import io.polylog.broker.command.TrimCommand;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import io.polylog.log.RecordStore;
import io.polylog.log.ShardMachine;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The machine of one shard. On the shard's thread. apply is the only writer of the durable plane;
/// the volatile one belongs to [Serving]. Nothing is answered or delivered before the commit that
/// made it true is over.
public final class Shard implements ShardMachine {
    private final ShardState state;
    private final AppendApply appends;
    private final SettleApply settles;
    private final Hiding hiding;
    private final Lifetimes lifetimes;
    private final TransferApply transfers;
    private final ReplayApply replays;
    private final LifecycleApply lifecycle;
    private final RemovalApply removing;
    private final Bounds bounds;
    private final TransactionApply transactions;
    private final Serving serving;

    public Shard(RecordStore store, Removals removals) {
        state = new ShardState(store, removals);
        hiding = new Hiding(state);
        settles = new SettleApply(state, hiding);
        replays = new ReplayApply(state, settles);
        removing = new RemovalApply(state, replays);
        lifetimes = new Lifetimes(state, hiding, removing);
        bounds = new Bounds(state, removing);
        appends = new AppendApply(state, hiding, lifetimes, bounds, removing);
        transfers = new TransferApply(state, appends, settles);
        lifecycle = new LifecycleApply(state, settles, removing, bounds);
        transactions = new TransactionApply(state, appends, settles);
        serving = new Serving(state);
    }

    @Override
    public void apply(Entry entry) {
        state.begin(entry);
        state.producers.expire(state.timeMs);
        List<Logged> commands = entry.commands();
        appends.begin(commands);
        if (TransactionApply.takes(commands)) {
            transactions.apply(commands);
        } else {
            for (int place = 0; place < commands.size(); place++) {
                apply(place, commands.get(place));
            }
        }
        state.wanted.enforce(removing);
        bounds.enforce();
        state.end();
    }

    private void apply(int place, Logged command) {
        switch (command.type()) {
            case PublishCommand.TYPE -> appends.publish(place, command);
            case AppendCommand.TYPE -> appends.append(place, command);
            case GuardCommand.TYPE -> appends.guard(place, command);
            case TransferCommand.TYPE -> transfers.arrive(place, command);
            case TransferredCommand.TYPE -> transfers.sent(command.head());
            case SettleCommand.TYPE -> settles.settle(place, command.head());
            case RelocateCommand.TYPE -> settles.relocate(place, command.head());
            case PauseCommand.TYPE -> lifecycle.pause(place, command.head());
            case OpenStreamCommand.TYPE -> lifecycle.openStream(command.head());
            case DropStreamCommand.TYPE -> lifecycle.dropStream(command.head());
            case SealStreamCommand.TYPE -> lifecycle.sealStream(place, command.head());
            case OpenSubscriptionCommand.TYPE -> lifecycle.openSubscription(place, command.head());
            case AlterSubscriptionCommand.TYPE ->
                    lifecycle.alterSubscription(place, command.head());
            case DropSubscriptionCommand.TYPE -> lifecycle.dropSubscription(place, command.head());
            case ResetCommand.TYPE -> replays.reset(place, command.head());
            case TrimCommand.TYPE -> lifetimes.trim(place, TrimCommand.decode(command.head()));
            case RemoveCommand.TYPE -> removing.remove(place, command.head());
            case PurgeCommand.TYPE -> removing.purge(place, command.head());
            case SkipCommand.TYPE -> removing.skip(place, SkipCommand.decode(command.head()));
            case CompactCommand.TYPE -> lifecycle.compact(command.head());
            case StageKeysCommand.TYPE -> appends.keys(command);
            case AppendInternalCommand.TYPE -> appends.internal(place, command);
            case DueCommand.TYPE -> lifetimes.due(command.head());
            case FenceCommand.TYPE -> {}
            default ->
                    throw new IllegalStateException(
                            "the log holds a command of unknown type " + command.type());
        }
    }

    @Override
    public void committed() {
        Iterator<Stream> touched = state.takeTouched();
        while (touched.hasNext()) {
            Stream stream = touched.next();
            stream.touched = false;
            stream.show();
            if (state.leading) {
                serving.changed(stream);
            }
        }
        serving.tellDue();
        serving.flush();
        state.effects.flush();
    }

    @Override
    public void leading(long epoch) {
        state.epoch = epoch;
        state.leading = true;
        for (Stream stream : state.streams.values()) {
            for (Subscription subscription : stream.subscriptions) {
                subscription.endAtLeading = stream.end;
            }
            stream.show();
            serving.forget(stream);
        }
        serving.leading();
        committed();
    }

    /// What the volatile plane offers. On the shard's thread.
    public Serving serving() {
        return serving;
    }

    /// The ends of a stream as of the last commit, or null. Any thread.
    public @Nullable StreamEnds ends(long stream) {
        Stream found = state.streams.get(stream);
        return found == null ? null : new StreamEnds(found);
    }

    /// The durable state as text: equal for equal states. On the shard's thread.
    public String dump() {
        StringBuilder out = new StringBuilder();
        state.streams.values().stream()
                .sorted((a, b) -> Long.compare(a.id, b.id))
                .forEach(stream -> StateDump.stream(stream, out));
        state.transactions.dump(out);
        state.arrivals.dump(out);
        state.timers.dump(out);
        state.errors.dump(out);
        return out.toString();
    }

    // Checkpoints ------------------------------------------------------------------------------

    @Override
    public Snapshot checkpoint() {
        Iterator<Stream> streams = state.streams.values().iterator();
        Iterator<Arrivals.Arrival> arrivals = state.arrivals.iterator();
        Deque<Cell> waiting = new ArrayDeque<>();
        state.transactions.cells(waiting);
        state.timers.cells(waiting);
        state.errors.cells(waiting);
        return state.cells.begin(() -> {
            if (waiting.isEmpty() && streams.hasNext()) {
                List<Cell> cells = new ArrayList<>();
                streams.next().cells(cells);
                waiting.addAll(cells);
            }
            Cell next = waiting.poll();
            return next == null && arrivals.hasNext() ? arrivals.next() : next;
        });
    }

    @Override
    public void restore(ByteBuffer cell) {
        Restorer restorer = restoring();
        Cells.restore(cell, restorer::restore);
    }

    private @Nullable Restorer restorer;

    private Restorer restoring() {
        Restorer now = restorer == null ? new Restorer(state) : restorer;
        restorer = now;
        return now;
    }

    @Override
    public void restored() {
        if (restorer != null) {
            restorer.finish();
            restorer = null;
        }
        state.store.retain(id -> state.streams.containsKey(id) || state.transactions.owns(id));
    }
}
