package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Proposes a batch until it is applied, and nothing of it is to be tried later, or the log closes:
/// one that may be applied twice without harm. Any thread.
final class Insistence {
    private static final long RETRY_NANOS = 20_000_000;
    private static final Mailbox AT_ONCE = Runnable::run;

    private final Core core;
    private final ShardPort port;
    private final List<Command> commands;
    private final Urgency urgency;
    private final CompletableFuture<@Nullable Object> done = new CompletableFuture<>();

    private Insistence(Core core, ShardPort port, List<Command> commands, Urgency urgency) {
        this.core = core;
        this.port = port;
        this.commands = commands;
        this.urgency = urgency;
    }

    /// As below, of what frees or moves state.
    static CompletableFuture<@Nullable Object> on(
            Core core, ShardPort port, List<Command> commands) {
        return on(core, port, commands, Urgency.SETTLE);
    }

    /// Completes on the shard's thread, or a timer's, with what the first command gives, or null;
    /// fails CLOSED.
    static CompletableFuture<@Nullable Object> on(
            Core core, ShardPort port, List<Command> commands, Urgency urgency) {
        Insistence insistence = new Insistence(core, port, commands, urgency);
        insistence.propose();
        return insistence.done;
    }

    private void propose() {
        port.propose(new Batch(commands, urgency, new Attempt()));
    }

    /// One proposal.
    private final class Attempt extends Request {
        private volatile @Nullable Object value;
        private volatile boolean busy;

        Attempt() {
            super(AT_ONCE);
        }

        @Override
        public void result(int command, Result result) {
            if (result instanceof Result.Failed(Kind kind, _) && kind == Kind.BUSY) {
                busy = true;
            }
            if (command == 0 && result instanceof Result.Value(Object given)) {
                value = given;
            }
        }

        @Override
        public void answered(Batch.@Nullable Refusal refusal) {
            if (refusal == null && !busy) {
                done.complete(value);
            } else if (refusal == Batch.Refusal.CLOSED) {
                BrokerException closed = Ask.meaning(refusal);
                done.completeExceptionally(closed);
            } else {
                core.scheduler().after(RETRY_NANOS, Insistence.this::propose);
            }
        }
    }
}
