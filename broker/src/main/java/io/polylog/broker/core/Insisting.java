package io.polylog.broker.core;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.machine.Request;
import io.polylog.broker.machine.Result;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Proposes commands that may be proposed twice until they are taken, or the log closes.
///
/// @param shard where
/// @param commands proposed together each time
record Insisting(Core core, int shard, List<Command> commands, Urgency urgency) {
    private static final long RETRY_NANOS = 20_000_000;

    /// Begins.
    ///
    /// @param done runs when they are applied, on the shard's thread
    /// @param closed runs instead when the log closes, on any
    void propose(Runnable done, Runnable closed) {
        Request request =
                new Request(Runnable::run) {
                    private boolean undecided;

                    @Override
                    public void result(int command, Result result) {
                        undecided |=
                                result instanceof Result.Failed(Kind kind, _) && kind == Kind.BUSY;
                    }

                    @Override
                    public void answered(Batch.@Nullable Refusal refusal) {
                        if (refusal == Batch.Refusal.CLOSED) {
                            closed.run();
                            return;
                        }
                        if (refusal == null && !undecided) {
                            done.run();
                        } else {
                            core.scheduler().after(RETRY_NANOS, () -> propose(done, closed));
                        }
                    }
                };
        core.port(shard).propose(new Batch(commands, urgency, request));
    }
}
