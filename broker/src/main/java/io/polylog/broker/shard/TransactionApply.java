package io.polylog.broker.shard;

import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.SettleCommand;
import io.polylog.broker.command.TransactCommand;
import io.polylog.broker.machine.Result;
import io.polylog.broker.machine.Result.Value;
import io.polylog.log.ShardMachine.Logged;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Applies batches of transactions: everything is checked before anything changes, and what a shard
/// promised by preparing cannot fail any more.
final class TransactionApply {
    private final ShardState state;
    private final AppendApply appends;
    private final SettleApply settles;

    TransactionApply(ShardState state, AppendApply appends, SettleApply settles) {
        this.state = state;
        this.appends = appends;
        this.settles = settles;
    }

    /// Whether a batch is for [#apply].
    static boolean takes(List<Logged> batch) {
        return !batch.isEmpty() && batch.getFirst().type() == TransactCommand.TYPE;
    }

    void apply(List<Logged> batch) {
        TransactCommand command = TransactCommand.decode(batch.getFirst().head());
        switch (command.step()) {
            case WHOLE -> carryOut(command, batch);
            case DECIDE -> {
                if (carryOut(command, batch)) {
                    state.transactions.decide(command.id());
                }
            }
            case PREPARE -> prepare(command, batch);
            case COMMIT -> commit(command.id(), batch);
            case ROLL_BACK -> rollBack(command.id());
            case ASK -> state.result(0, new Value(state.transactions.isDecided(command.id())));
            case FORGET -> state.transactions.forget(command.id());
        }
    }

    /// Applies all commands behind the first, or none.
    private boolean carryOut(TransactCommand transact, List<Logged> batch) {
        if (refused(transact, batch)) {
            return false;
        }
        publish(batch);
        for (int place = 1; place < batch.size(); place++) {
            if (batch.get(place).type() == SettleCommand.TYPE) {
                settles.settle(place, batch.get(place).head());
            }
        }
        return true;
    }

    private void publish(List<Logged> batch) {
        for (int place = 1; place < batch.size(); place++) {
            if (batch.get(place).type() == PublishCommand.TYPE) {
                Logged publish = batch.get(place);
                appends.publish(place, publish, publish.head(), false);
            }
        }
    }

    private boolean refused(TransactCommand transact, List<Logged> batch) {
        appends.together();
        for (int place = 1; place < batch.size(); place++) {
            Result why = refusal(place, batch.get(place), transact.bounded());
            if (why != null) {
                state.result(0, why);
                return true;
            }
        }
        return false;
    }

    private @Nullable Result refusal(int place, Logged command, boolean bounded) {
        return switch (command.type()) {
            case PublishCommand.TYPE -> appends.refusal(place, command, bounded);
            case SettleCommand.TYPE ->
                    settles.refusal(SettleCommand.decode(command.head().duplicate()));
            default ->
                    throw new IllegalStateException(
                            "a transaction holds a command of type " + command.type());
        };
    }

    private void prepare(TransactCommand command, List<Logged> batch) {
        if (refused(command, batch)) {
            return;
        }
        Stage stage = state.transactions.touchedStage();
        long first = stage.end;
        List<SettleCommand> settlements = new ArrayList<>();
        for (Logged each : batch.subList(1, batch.size())) {
            if (each.type() == SettleCommand.TYPE) {
                settlements.add(SettleCommand.decode(each.head()));
            } else {
                state.store.put(
                        Stage.STREAM, stage.end++, 1, Objects.requireNonNull(each.locator()));
            }
        }
        Prepared made = new Prepared(command.id(), command.home(), first, stage.end);
        state.transactions.add(made, settlements);
    }

    private void commit(long id, List<Logged> batch) {
        Prepared ready = state.transactions.remove(id);
        if (ready == null) {
            return;
        }
        publish(batch);
        for (Hold hold : ready.holds) {
            settles.settle(0, hold.command.byAnyEpoch());
        }
    }

    private void rollBack(long id) {
        Prepared ready = state.transactions.remove(id);
        if (ready != null) {
            for (Hold hold : ready.holds) {
                settles.settle(0, hold.command.byAnyEpoch().as(SettleCommand.Outcome.RELEASED));
            }
        }
    }
}
