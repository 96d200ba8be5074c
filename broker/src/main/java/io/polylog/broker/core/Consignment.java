package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PublishCommand.Terms;
import io.polylog.broker.command.TransferCommand;
import io.polylog.broker.live.LiveTable;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// Messages that go from one stream to others together, by shard. Packed on the timer's thread.
final class Consignment {
    /// Parts of one message for one shard: their numbers grow too.
    private static final int MOST_PARTS = 1 << 16;

    private final Core core;
    private final long source;
    private final Map<Integer, List<Command>> byShard = new LinkedHashMap<>();
    private final LiveCopies copies;
    private long bytes;

    Consignment(Core core, long source) {
        this.core = core;
        this.source = source;
        copies = new LiveCopies(core);
    }

    /// Payload bytes packed.
    long bytes() {
        return bytes;
    }

    /// Packs a message. It goes without its id: what is moved is no publish, so no window of ids
    /// keeps it from its way or takes note of it.
    ///
    /// @param sequence its number among all that the source sends
    /// @param address what it is published to
    void add(long sequence, Content content, Address address, RoutePlan plan) {
        int parts = add(sequence, 0, content, address, plan);
        for (RoutePlan.Branch branch : plan.branches()) {
            parts = add(sequence, parts, branch.content(), branch.address(), branch.plan());
        }
    }

    /// @param before parts of the message so far
    /// @return parts of it then
    private int add(long sequence, int before, Content content, Address address, RoutePlan plan) {
        bytes += content.bytes().remaining();
        copies.add(0, plan.audience(core.listeners(), LiveTable.NOBODY), plan.subjects(), content);
        int part = before;
        for (RoutePlan.Leg leg : plan.legs(content, -1)) {
            PublishHeads each =
                    new PublishHeads(leg, content, null, address, Terms.NONE, core.opener());
            for (int from = 0; from < leg.streams().length; ) {
                HeadWriter head = new HeadWriter(128);
                TransferCommand.encode(head, source, sequence * MOST_PARTS + part++ + 1);
                from = each.encode(head, from, TransferCommand.MAX_STREAMS);
                byShard.computeIfAbsent(leg.shard(), s -> new ArrayList<>())
                        .add(
                                new Command(
                                        TransferCommand.TYPE, 1, head.toBuffer(), content.bytes()));
            }
        }
        return part;
    }

    /// Sends everything until it is stored everywhere; then runs a task, on any thread.
    void send(Runnable done) {
        CompletableFuture<?>[] shards =
                byShard.entrySet().stream()
                        .map(each -> insist(each.getKey(), each.getValue()))
                        .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(shards)
                .thenRun(() -> {
                    core.outlet().send(copies.of(_ -> true));
                    done.run();
                });
    }

    private CompletableFuture<?> insist(int shard, List<Command> commands) {
        return Insistence.on(core, core.port(shard), commands, Urgency.PUBLISH);
    }
}
