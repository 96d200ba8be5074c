package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Topic;
import io.polylog.broker.shard.Inspection.Glance;
import io.polylog.broker.shard.Inspection.Glimpse;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.RecordStore.Damage;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Looks through what a subscription of one partition is owed, piece by piece, and changes nothing.
/// On the session's loop.
final class Scan {
    private static final int RUNS = 256;
    private static final int PIECE_BYTES = 128 * 1024;

    /// Records looked at before others have their turn.
    private static final int TURN = 1_000;

    private final CoreSession session;
    private final Topic topic;
    private final Topic.Partition partition;
    private final String subscription;
    private final ShardPort port;

    Scan(CoreSession session, Topic topic, Topic.Partition partition, String subscription) {
        this.session = session;
        this.topic = topic;
        this.partition = partition;
        this.subscription = subscription;
        port = session.core().port(partition.shard());
    }

    /// Takes what is found.
    @FunctionalInterface
    interface Visitor {
        /// Whether it wants more.
        boolean visit(Seen seen, StoredRecord stored);
    }

    /// What one look found.
    ///
    /// @param next where to go on
    /// @param end one past the newest offset
    /// @param paused whether nobody is served
    /// @param damage what cannot be read
    record Look(long next, long end, boolean paused, List<Damage> damage) {
        /// Whether there is nothing more.
        boolean atEnd() {
            return next >= end;
        }
    }

    ShardPort port() {
        return port;
    }

    long stream() {
        return partition.stream();
    }

    /// Looks at the next records from an offset on.
    CompletionStage<Look> look(long from, Visitor visitor) {
        CompletableFuture<Look> done = new CompletableFuture<>();
        port.ask(
                session.loop(),
                serving ->
                        serving.inspection().glance(partition.stream(), subscription, from, RUNS),
                glance -> {
                    if (session.isClosed()) {
                        done.completeExceptionally(closed());
                    } else {
                        done.complete(read(from, glance, visitor));
                    }
                });
        return done;
    }

    static BrokerException closed() {
        return new BrokerException(Kind.CLOSED, "the session is closed");
    }

    private Look read(long from, Glance glance, Visitor visitor) {
        List<Damage> damage = new ArrayList<>(0);
        int left = TURN;
        for (Glimpse run : glance.runs()) {
            long position = Math.max(from, run.first());
            while (position < run.end()) {
                Read read = port.store().read(partition.stream(), position, PIECE_BYTES);
                long before = position;
                for (StoredRecord stored : read.records()) {
                    if (stored.offset() + stored.span() <= position
                            || stored.offset() >= run.end()) {
                        continue;
                    }
                    position = stored.offset() + stored.span();
                    boolean more = visitor.visit(seen(run, stored), stored);
                    if (!more || --left == 0) {
                        return look(position, glance, damage);
                    }
                }
                if (position == before) {
                    position = skip(run, position, read, damage);
                }
            }
        }
        return look(Math.max(from, glance.next()), glance, damage);
    }

    private static Look look(long next, Glance glance, List<Damage> damage) {
        return new Look(next, glance.end(), glance.paused(), damage);
    }

    /// Nothing can be read at a position: it is damaged, or gone meanwhile.
    private long skip(Glimpse run, long position, Read read, List<Damage> damage) {
        Damage found = read.damage();
        if (found != null) {
            session.core().damages().found(topic, partition.number(), found);
            damage.add(found);
            return Math.clamp(found.endOffset(), position + 1, run.end());
        }
        return Math.clamp(read.nextOffset(), position + 1, run.end());
    }

    private static Seen seen(Glimpse run, StoredRecord stored) {
        int head = stored.head().position();
        Content content = StoredContent.content(stored);
        stored.head().position(head);
        return new Seen(
                stored.offset(),
                run.state(),
                run.attempt(),
                run.error(),
                stored.timeMs(),
                StoredContent.isBatch(stored),
                content);
    }

    /// Looks through everything up to an offset, with pauses for others.
    CompletionStage<Long> through(long from, long until, Visitor visitor) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        through(from, until, visitor, 0, done);
        return done;
    }

    private void through(
            long from, long until, Visitor visitor, long damaged, CompletableFuture<Long> done) {
        look(from, visitor)
                .whenComplete((look, failed) -> {
                    if (failed != null) {
                        done.completeExceptionally(failed);
                        return;
                    }
                    long all = damaged + look.damage().size();
                    if (look.atEnd() || look.next() >= until) {
                        done.complete(all);
                    } else {
                        session.loop().post(() -> through(look.next(), until, visitor, all, done));
                    }
                });
    }
}
