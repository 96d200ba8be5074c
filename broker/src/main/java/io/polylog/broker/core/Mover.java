package io.polylog.broker.core;

import io.polylog.broker.Topic;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.command.TransferredCommand;
import io.polylog.broker.core.Passages.Passage;
import io.polylog.broker.shard.Outgoing;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.Serving;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Command;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Takes dead letters from their queues to where those send them, and what operators send on:
/// reads, routes by the definitions of that moment, has every shard concerned store its copies, and
/// only then tells the queue that it need not keep them. What a crash cuts off is sent again, and
/// taken once. Of one queue one consignment is under way at a time, in order. On the timer's
/// thread.
final class Mover {
    private static final int MOST_RUNS = 256;
    private static final int MOST_BYTES = 1 << 20;
    private static final int PIECE_BYTES = 128 * 1024;

    private final Core core;
    private final Passages passages;

    /// Streams with a consignment under way.
    private final Set<Long> active = ConcurrentHashMap.newKeySet();

    /// Whose the streams are; looked up once.
    private final Map<Long, Topic> owners = new HashMap<>();

    /// Who waits for what is sent, by stream; each list on its shard's thread.
    private final Map<Long, List<Waiting>> waiting = new ConcurrentHashMap<>();

    private record Waiting(long upTo, Runnable task) {}

    Mover(Core core, Removals removals) {
        this.core = core;
        passages = new Passages(core, removals);
    }

    /// A stream has something to send. On its shard's thread.
    void sends(long stream) {
        if (active.add(stream)) {
            core.scheduler().after(0, () -> begin(stream));
        }
    }

    private void begin(long stream) {
        port(stream)
                .run(serving -> {
                    List<Outgoing> outgoing = serving.outgoing(stream, MOST_RUNS);
                    tell(serving, stream);
                    if (outgoing.isEmpty()) {
                        // Here, where new work is told too: none is missed.
                        active.remove(stream);
                    } else {
                        core.scheduler().after(0, () -> send(stream, outgoing));
                    }
                });
    }

    /// Runs a task, on the shard's thread, as soon as everything that a stream sends below a
    /// sequence is where it goes, or the stream is gone.
    void whenSent(long stream, long upTo, Runnable task) {
        port(stream)
                .run(serving -> {
                    waiting.computeIfAbsent(stream, s -> new ArrayList<>(1))
                            .add(new Waiting(upTo, task));
                    tell(serving, stream);
                });
    }

    /// On the shard's thread.
    private void tell(Serving serving, long stream) {
        List<Waiting> all = waiting.getOrDefault(stream, List.of());
        for (Waiting each : List.copyOf(all)) {
            if (serving.inspection().isSent(stream, each.upTo)) {
                all.remove(each);
                each.task.run();
            }
        }
        if (all.isEmpty()) {
            waiting.remove(stream);
        }
    }

    private void release(long stream) {
        List<Waiting> all = waiting.remove(stream);
        if (all != null) {
            all.forEach(each -> each.task.run());
        }
    }

    private ShardPort port(long stream) {
        return core.port(StreamId.shard(stream));
    }

    private void send(long stream, List<Outgoing> outgoing) {
        Topic owner = owner(stream);
        if (owner == null) {
            active.remove(stream); // it is being dropped
            port(stream).run(_ -> release(stream));
            return;
        }
        Consignment consignment = new Consignment(core, stream);
        long upTo = outgoing.getFirst().sequence();
        for (Outgoing run : outgoing) {
            long position = run.first();
            while (position < run.end() && consignment.bytes() < MOST_BYTES) {
                long before = position;
                Read read = port(stream).store().read(stream, position, PIECE_BYTES);
                for (StoredRecord stored : read.records()) {
                    if (stored.offset() >= position && stored.offset() < run.end()) {
                        pack(consignment, owner, run, stored);
                        position = stored.offset() + 1;
                    }
                }
                if (position == before) {
                    position = unreadable(owner, run, position, read);
                }
            }
            upTo = run.sequence() + position - run.first();
            if (position < run.end()) {
                break;
            }
        }
        long sent = upTo;
        consignment.send(() -> acknowledge(stream, sent));
    }

    private @Nullable Topic owner(long stream) {
        Topic known = owners.get(stream);
        Topic now = known == null ? null : core.catalog().topic(known.id());
        if (now == null) {
            owners.remove(stream);
            for (Topic topic : core.catalog().everyTopic()) {
                if (topic.partitions().stream().anyMatch(p -> p.stream() == stream)) {
                    owners.put(stream, topic);
                    return topic;
                }
            }
        }
        return now;
    }

    /// Damage is told, never passed over in silence.
    private long unreadable(Topic owner, Outgoing run, long position, Read read) {
        long end = run.end();
        if (read.damage() != null) {
            core.damages().found(owner, 0, read.damage());
            end = Math.clamp(read.damage().endOffset(), position + 1, run.end());
        }
        passages.damaged(run.errand(), end - position);
        return end;
    }

    private void pack(Consignment consignment, Topic owner, Outgoing run, StoredRecord stored) {
        Passage passage = passages.of(owner, run, stored);
        if (passage != null) {
            long sequence = run.sequence() + stored.offset() - run.first();
            consignment.add(sequence, passage.content(), passage.address(), passage.plan());
        }
    }

    private void acknowledge(long stream, long upTo) {
        HeadWriter head = new HeadWriter(24);
        new TransferredCommand(stream, upTo).encode(head);
        Command command = Command.of(TransferredCommand.TYPE, head.toBuffer());
        Insistence.on(core, port(stream), List.of(command))
                .thenRun(() -> core.scheduler().after(0, () -> begin(stream)));
    }
}
