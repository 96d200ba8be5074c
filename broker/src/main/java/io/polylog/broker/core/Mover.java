package io.polylog.broker.core;

import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Copies;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.Topic;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.PublishCommand;
import io.polylog.broker.command.StreamId;
import io.polylog.broker.command.TransferredCommand;
import io.polylog.broker.shard.Outgoing;
import io.polylog.broker.shard.Removals;
import io.polylog.broker.shard.Removals.DeadLetterFate;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Command;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import io.polylog.message.TopicName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Takes dead letters from their queues to where those send them: reads, routes by the definitions
/// of that moment, has every shard concerned store its copies, and only then tells the queue that
/// it need not keep them. What a crash cuts off is sent again, and taken once. Of one queue one
/// consignment is under way at a time, in order. On the timer's thread.
final class Mover {
    private static final int MOST_RUNS = 256;
    private static final int MOST_BYTES = 1 << 20;
    private static final int PIECE_BYTES = 128 * 1024;

    private final Core core;
    private final Removals removals;

    /// Streams with a consignment under way.
    private final Set<Long> active = ConcurrentHashMap.newKeySet();

    /// Whose the streams are; looked up once.
    private final Map<Long, Topic> owners = new HashMap<>();

    Mover(Core core, Removals removals) {
        this.core = core;
        this.removals = removals;
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
                    if (outgoing.isEmpty()) {
                        // Here, where new work is told too: none is missed.
                        active.remove(stream);
                    } else {
                        core.scheduler().after(0, () -> send(stream, outgoing));
                    }
                });
    }

    private ShardPort port(long stream) {
        return core.port(StreamId.shard(stream));
    }

    private void send(long stream, List<Outgoing> outgoing) {
        Topic owner = owner(stream);
        if (owner == null) {
            active.remove(stream); // it is being dropped
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
        removals.deadLetters(DeadLetterFate.DAMAGED, end - position);
        return end;
    }

    private void pack(Consignment consignment, Topic owner, Outgoing run, StoredRecord stored) {
        DeadLetters rule = owner.spec().policy().deadLetters();
        if (rule == null) {
            return;
        }
        TopicName queue = owner.spec().name();
        long sequence = run.sequence() + stored.offset() - run.first();
        Origin published = origin(stored, queue.name());
        Content content = StoredContent.content(stored);
        Trail before = content.envelope().trail();
        Trail died =
                (before == null ? new Trail(published) : before)
                        .died(
                                queue.name(),
                                run.cause(),
                                run.timeMs(),
                                content.envelope().timeToLiveMs());
        Origin next = next(rule, died.origin());
        Address address =
                new Address.Via(
                        queue.namespace(),
                        next.exchange(),
                        next.keys().getFirst(),
                        new Copies(next.keys().subList(1, next.keys().size()), next.blind()),
                        core.metadata(content));
        RoutePlan plan =
                new RoutePlan(
                        core.catalog().routes().route(address, core.entropy()), stored.offset());
        RoutePlan open = plan.without(topic -> died.circlesTo(topic.spec().name().name()));
        if (open.isEmpty()) {
            boolean circular = !plan.isEmpty();
            removals.deadLetters(circular ? DeadLetterFate.CIRCULAR : DeadLetterFate.UNROUTABLE, 1);
            return;
        }
        Trail sent = died.sentTo(next, rule.routingKey() != null);
        Content letter =
                new Content(content.encoding(), content.envelope().along(sent), content.bytes());
        consignment.add(sequence, letter, address, open);
        removals.deadLetters(DeadLetterFate.MOVED, 1);
    }

    private static Origin origin(StoredRecord stored, String queue) {
        Origin known =
                stored.type() == PublishCommand.TYPE ? PublishCommand.origin(stored.head()) : null;
        return known == null ? new Origin("", List.of(queue), List.of()) : known;
    }

    private static Origin next(DeadLetters rule, Origin before) {
        String key = rule.routingKey();
        return key == null
                ? new Origin(rule.exchange(), before.keys(), before.blind())
                : new Origin(rule.exchange(), List.of(key), List.of());
    }

    private void acknowledge(long stream, long upTo) {
        HeadWriter head = new HeadWriter(24);
        new TransferredCommand(stream, upTo).encode(head);
        Command command = Command.of(TransferredCommand.TYPE, head.toBuffer());
        Insistence.on(core, port(stream), List.of(command))
                .thenRun(() -> core.scheduler().after(0, () -> begin(stream)));
    }
}
