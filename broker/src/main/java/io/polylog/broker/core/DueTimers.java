package io.polylog.broker.core;

import io.polylog.broker.command.DueCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.shard.Serving;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;

/// Makes hidden messages visible when they become due: one timer for each shard, set to its first.
/// The clock is read here; apply goes by what is proposed. On the timer's thread.
final class DueTimers {
    private static final long RETRY_NANOS = 20_000_000;
    private static final int HEAD_BYTES = 16;

    /// Up to 45,000 messages: a shard does nothing else for as long.
    private static final int PAGES = 32;

    private final Core core;
    private final WallTimers<Integer> timers;

    DueTimers(Core core) {
        this.core = core;
        timers = new WallTimers<>(core.clock(), core.scheduler());
    }

    /// The first messages of a shard become due. Any thread.
    ///
    /// @param atMs when to look, in milliseconds since 1970
    void due(ShardPort port, long atMs) {
        core.scheduler().after(0, () -> timers.set(port.number(), atMs, () -> show(port)));
    }

    private void show(ShardPort port) {
        HeadWriter head = new HeadWriter(HEAD_BYTES);
        new DueCommand(core.clock().wallMs(), PAGES).encode(head);
        Ask ask = new Ask(Runnable::run);
        port.propose(ask.batch(Command.of(DueCommand.TYPE, head.toBuffer()), Urgency.SETTLE));
        ask.answer()
                .whenComplete((_, failed) -> {
                    if (failed != null && ask.refusal() != Batch.Refusal.CLOSED) {
                        core.scheduler().after(RETRY_NANOS, () -> port.run(Serving::dueAgain));
                    }
                });
    }
}
