package io.polylog.broker.shard;

import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.machine.Cell;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The transactions of a shard that are not over: prepared here, or decided here while others may
/// still have to carry them out. On the shard's thread.
final class Transactions {
    private final ShardState state;

    /// By the place of their payloads on the stage, then id.
    private final Map<Long, Prepared> prepared = new HashMap<>(0);

    private final Map<Long, Decided> decided = new HashMap<>(0);

    /// Null until the first transaction is prepared.
    private @Nullable Stage stage;

    Transactions(ShardState state) {
        this.state = state;
    }

    /// Whether nothing is prepared.
    boolean isIdle() {
        return prepared.isEmpty();
    }

    Collection<Prepared> prepared() {
        return prepared.values();
    }

    Collection<Decided> decided() {
        return decided.values();
    }

    // What apply does --------------------------------------------------------------------------

    /// The stage, about to change.
    Stage touchedStage() {
        Stage there = stage;
        if (there == null) {
            there = state.cells.born(new Stage(0));
            stage = there;
        } else {
            state.cells.touch(there);
        }
        return there;
    }

    void add(Prepared made, List<SettleCommand> settlements) {
        prepared.put(made.id, state.cells.born(made));
        for (SettleCommand settlement : settlements) {
            Hold hold = state.cells.born(new Hold(made.id, made.holds.size(), settlement));
            made.holds.add(hold);
            hold(hold, true);
        }
    }

    /// Takes out a transaction that is being resolved: what it held is free, its payloads go. Null
    /// when there is none of that id: it was resolved before.
    @Nullable Prepared remove(long id) {
        Prepared gone = prepared.remove(id);
        if (gone == null) {
            return null;
        }
        state.cells.touch(gone);
        for (Hold hold : gone.holds) {
            state.cells.touch(hold);
            hold(hold, false);
        }
        if (gone.end > gone.first) {
            state.store.drop(Stage.STREAM, gone.first, Math.toIntExact(gone.end - gone.first));
            state.store.trim(Stage.STREAM, floor());
        }
        return gone;
    }

    /// The oldest payload on the stage that somebody may need.
    private long floor() {
        long floor = stage == null ? 0 : stage.end;
        for (Prepared each : prepared.values()) {
            floor = each.end > each.first ? Math.min(floor, each.first) : floor;
        }
        return floor;
    }

    private void hold(Hold hold, boolean held) {
        long id = hold.command.subscription();
        Stream stream = state.streams.get(StreamId.stream(id));
        Subscription subscription = stream == null ? null : stream.subscription(id);
        if (subscription != null) {
            for (Span span : hold.command.spans()) {
                subscription.hold(span.first(), span.end(), held);
            }
        }
    }

    boolean isDecided(long id) {
        return decided.containsKey(id);
    }

    void decide(long id) {
        decided.put(id, state.cells.born(new Decided(id)));
    }

    void forget(long id) {
        Decided gone = decided.remove(id);
        if (gone != null) {
            state.cells.touch(gone);
        }
    }

    // Checkpoints ------------------------------------------------------------------------------

    void cells(Collection<Cell> into) {
        if (stage != null) {
            into.add(stage);
        }
        for (Prepared each : prepared.values()) {
            into.add(each);
            into.addAll(each.holds);
        }
        into.addAll(decided.values());
    }

    void restore(Stage cell) {
        stage = cell;
    }

    void restore(Decided cell) {
        decided.put(cell.id, cell);
    }

    /// Takes back what was prepared; subscriptions are there.
    void restore(List<Prepared> cells, List<Hold> holds) {
        cells.forEach(each -> prepared.put(each.id, each));
        holds.sort((a, b) -> Integer.compare(a.number, b.number));
        for (Hold hold : holds) {
            Prepared owner = prepared.get(hold.transaction);
            if (owner == null) {
                throw new IllegalStateException("a hold of no transaction");
            }
            owner.holds.add(hold);
            hold(hold, true);
        }
        releaseStage();
    }

    /// Tells the store what lies between the payloads that may still be needed.
    private void releaseStage() {
        if (stage == null) {
            return;
        }
        TreeMap<Long, Long> kept = new TreeMap<>();
        prepared.values()
                .forEach(each ->
                        kept.put(
                                each.first, Math.max(each.end, kept.getOrDefault(each.first, 0L))));
        long position = floor();
        state.store.trim(Stage.STREAM, position);
        for (Map.Entry<Long, Long> range : kept.entrySet()) {
            if (range.getKey() > position) {
                state.store.drop(
                        Stage.STREAM, position, Math.toIntExact(range.getKey() - position));
            }
            position = Math.max(position, range.getValue());
        }
        if (stage.end > position) {
            state.store.drop(Stage.STREAM, position, Math.toIntExact(stage.end - position));
        }
    }

    /// Whether a stream of the store belongs to transactions.
    boolean owns(long stream) {
        return stream == Stage.STREAM && this.stage != null;
    }

    /// The state as text: equal for equal states.
    void dump(StringBuilder out) {
        List<Cell> cells = new ArrayList<>();
        cells(cells);
        cells.stream()
                .map(Transactions::text)
                .sorted()
                .forEach(line -> out.append(line).append('\n'));
    }

    private static String text(Cell cell) {
        return switch (cell) {
            case Stage s -> "stage " + s.end;
            case Prepared p -> "prepared " + p.id + " by " + p.home + " " + p.first + ".." + p.end;
            case Hold h -> "held by " + h.transaction + "#" + h.number + " " + h.command;
            case Decided d -> "decided " + d.id;
            default -> throw new IllegalStateException("no cell of transactions: " + cell);
        };
    }
}
