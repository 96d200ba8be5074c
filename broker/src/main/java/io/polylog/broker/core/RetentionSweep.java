package io.polylog.broker.core;

import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.command.TrimCommand;
import io.polylog.broker.command.TrimCommand.Cause;
import io.polylog.broker.shard.Holdings;
import io.polylog.broker.shard.Holdings.Overdue;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.Batch;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// Finds what topics need not keep any longer, and queues of what is settled, once a second, and
/// proposes to remove it: the clock is read here and nowhere in apply. Age counts from the log's
/// own time, so a sender with a wrong clock neither loses records early nor keeps them for ever.
/// Rests while no topic has a limit. Woken from any thread; looks on the timer's.
final class RetentionSweep {
    private static final long EVERY_NANOS = 1_000_000_000;

    private final Core core;
    private final AtomicBoolean armed = new AtomicBoolean();

    RetentionSweep(Core core) {
        this.core = core;
    }

    /// A topic that may have a limit was made or changed.
    void watch(Topic topic) {
        if (!limit(topic).isNothing()) {
            arm();
        }
    }

    private static Keep limit(Topic topic) {
        Retention retention = topic.spec().retention();
        return retention.untilSettled()
                ? topic.spec().policy().keep()
                : new Keep(retention.maxAgeMs(), retention.maxBytes());
    }

    private void arm() {
        if (armed.compareAndSet(false, true)) {
            core.scheduler().after(EVERY_NANOS, this::look);
        }
    }

    private void look() {
        armed.set(false);
        List<Topic> limited = new ArrayList<>();
        for (Topic topic : core.catalog().everyTopic()) {
            if (!limit(topic).isNothing()) {
                limited.add(topic);
            }
        }
        if (!limited.isEmpty()) {
            long nowMs = core.clock().wallMs();
            core.allPorts()
                    .forEach(port ->
                            port.run(serving -> look(port, serving.holdings(), limited, nowMs)));
            arm();
        }
    }

    private static void look(ShardPort port, Holdings holdings, List<Topic> topics, long nowMs) {
        for (Topic topic : topics) {
            Keep limit = limit(topic);
            long age = limit.maxAgeMs();
            long sinceMs = age < 0 ? Long.MIN_VALUE : nowMs - age;
            for (Topic.Partition partition : topic.partitions()) {
                if (partition.shard() == port.number()) {
                    long stream = partition.stream();
                    trim(port, stream, holdings.overdue(stream, sinceMs, limit.maxBytes()));
                }
            }
        }
    }

    private static void trim(ShardPort port, long stream, Overdue overdue) {
        if (overdue.expired() > 0) {
            propose(port, stream, overdue.start() + overdue.expired(), Cause.EXPIRED);
        }
        if (overdue.oversize() > overdue.expired()) {
            propose(port, stream, overdue.start() + overdue.oversize(), Cause.OVERSIZE);
        }
    }

    private static void propose(ShardPort port, long stream, long start, Cause cause) {
        HeadWriter head = new HeadWriter(24);
        new TrimCommand(stream, start, cause).encode(head);
        Command trim = Command.of(TrimCommand.TYPE, head.toBuffer());
        port.propose(new Batch(List.of(trim), Urgency.RELAXED, Batch.Proposer.nobody()));
    }
}
