package io.polylog.broker.core;

import io.polylog.broker.Mailbox;
import io.polylog.broker.command.TransactCommand;
import io.polylog.broker.command.TransactCommand.Step;
import io.polylog.broker.shard.Serving;
import io.polylog.broker.shard.Serving.OpenTransactions;
import io.polylog.broker.shard.Serving.Pending;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Command;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends the transactions that a crash cut off: what its home has decided is carried out in every
/// shard that is prepared, all others are rolled back. Runs before the first session.
final class TransactionRecovery {
    private static final Logger log = LoggerFactory.getLogger(TransactionRecovery.class);
    private static final Mailbox AT_ONCE = Runnable::run;
    private static final int READ_BYTES = 1 << 20;

    private final Core core;
    private final Map<ShardPort, OpenTransactions> open = new LinkedHashMap<>();

    TransactionRecovery(Core core) {
        this.core = core;
    }

    /// Completes when none is open any more.
    CompletableFuture<@Nullable Void> run() {
        List<CompletableFuture<?>> looking = new ArrayList<>();
        Map<ShardPort, CompletableFuture<OpenTransactions>> found = new LinkedHashMap<>();
        for (ShardPort port : core.allPorts()) {
            CompletableFuture<OpenTransactions> asked = new CompletableFuture<>();
            port.ask(AT_ONCE, Serving::transactions, asked::complete);
            found.put(port, asked);
            looking.add(asked);
        }
        return all(looking)
                .thenCompose(_ -> {
                    found.forEach((port, asked) -> open.put(port, asked.join()));
                    return resolveAll();
                });
    }

    /// One after the other: what one publishes is in memory meanwhile.
    private CompletableFuture<@Nullable Void> resolveAll() {
        Set<Long> decided = new HashSet<>();
        open.values().forEach(each -> decided.addAll(each.decided()));
        CompletableFuture<@Nullable Object> before = CompletableFuture.completedFuture(null);
        for (Map.Entry<ShardPort, OpenTransactions> each : open.entrySet()) {
            for (Pending pending : each.getValue().prepared()) {
                ShardPort port = each.getKey();
                boolean commits = decided.contains(pending.id());
                before =
                        before.thenCompose(_ ->
                                Insistence.on(
                                        core,
                                        port,
                                        commits ? commit(port, pending) : rollBack(pending)));
            }
        }
        return before.thenCompose(_ -> forgetAll());
    }

    private static List<Command> rollBack(Pending pending) {
        return List.of(new TransactCommand(Step.ROLL_BACK, pending.id(), pending.home()).command());
    }

    /// What was put on the stage comes again, to where it was to go.
    private static List<Command> commit(ShardPort port, Pending pending) {
        List<Command> commands = new ArrayList<>();
        commands.add(new TransactCommand(Step.COMMIT, pending.id(), pending.home()).command());
        long position = pending.first();
        while (position < pending.end()) {
            Read read = port.store().read(Serving.STAGE, position, READ_BYTES);
            for (StoredRecord record : read.records()) {
                if (record.offset() < pending.end()) {
                    commands.add(new Command(record.type(), 1, record.head(), record.payload()));
                }
            }
            if (read.damage() != null) {
                log.error(
                        "a transaction was committed before the broker stopped, but some of what it"
                                + " publishes cannot be read, and is left out: {}",
                        read.damage());
            } else if (read.nextOffset() <= position) {
                break;
            }
            position = read.nextOffset();
        }
        return commands;
    }

    private CompletableFuture<@Nullable Void> forgetAll() {
        List<CompletableFuture<?>> forgetting = new ArrayList<>();
        open.forEach((port, each) -> {
            for (long id : each.decided()) {
                Command command = new TransactCommand(Step.FORGET, id, port.number()).command();
                forgetting.add(Insistence.on(core, port, List.of(command)));
            }
        });
        return all(forgetting);
    }

    private static CompletableFuture<@Nullable Void> all(List<CompletableFuture<?>> stages) {
        return CompletableFuture.allOf(stages.toArray(CompletableFuture<?>[]::new));
    }
}
