package io.polylog.broker.core;

import io.polylog.broker.Mailbox;
import io.polylog.broker.command.AllocateProducersCommand;
import io.polylog.broker.command.HeadWriter;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Hands out producer ids from blocks that are durably taken; the rest of a block is lost at a
/// restart, so that no id is given twice. Any thread.
final class ProducerIds {
    private static final int BLOCK = 1000;

    private final Core core;
    private long next;
    private long end;

    ProducerIds(Core core) {
        this.core = core;
    }

    CompletionStage<Long> next(Mailbox loop) {
        synchronized (this) {
            if (next < end) {
                return CompletableFuture.completedFuture(next++);
            }
        }
        HeadWriter head = new HeadWriter(8);
        new AllocateProducersCommand(BLOCK).encode(head);
        Command command = Command.of(AllocateProducersCommand.TYPE, head.toBuffer());
        return core.define(loop, command, Urgency.PUBLISH).thenApply(first -> take((Long) first));
    }

    /// The first of a new block for the one who asked; the others for whoever comes next.
    private synchronized long take(long first) {
        if (next >= end) {
            next = first + 1;
            end = first + BLOCK;
        }
        return first;
    }
}
