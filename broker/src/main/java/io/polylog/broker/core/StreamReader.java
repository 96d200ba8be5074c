package io.polylog.broker.core;

import io.polylog.broker.Reader;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Holdings;
import io.polylog.broker.shard.Holdings.Held;
import io.polylog.broker.shard.LastHearer;
import io.polylog.broker.shard.ShardPort;
import io.polylog.broker.shard.StreamEnds;
import io.polylog.log.RecordStore.Damage;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Reads a partition by offset. On the session's loop.
final class StreamReader implements Reader {
    /// Runs of a queue's offsets that are held looked at in one read.
    private static final int RUNS = 256;

    private final CoreSession session;
    private final ShardPort port;
    private final StreamEnds ends;
    private final Topic topic;
    private final int partition;
    private final long stream;

    /// Offsets in between are not held: settled, superseded, or removed.
    private final boolean holes;

    private final Set<Watch> watches = new LinkedHashSet<>();

    StreamReader(
            CoreSession session,
            ShardPort port,
            StreamEnds ends,
            Topic topic,
            Topic.Partition partition) {
        this.session = session;
        this.port = port;
        this.ends = ends;
        this.topic = topic;
        this.partition = partition.number();
        this.stream = partition.stream();
        Retention retention = topic.spec().retention();
        this.holes = retention.untilSettled() || retention.newestPerKey() || retention.removable();
    }

    @Override
    public long startOffset() {
        return ends.start();
    }

    @Override
    public long endOffset() {
        return ends.end();
    }

    @Override
    public CompletionStage<ReadResult> read(long offset, int maxBytes) {
        if (offset < ends.start() || offset >= ends.end()) {
            return CompletableFuture.completedFuture(new ReadResult(List.of(), offset, null));
        }
        if (!holes) {
            return CompletableFuture.completedFuture(readAll(offset, maxBytes));
        }
        CompletableFuture<ReadResult> result = new CompletableFuture<>();
        port.ask(
                session.loop(),
                serving -> serving.holdings().held(stream, offset, RUNS),
                held -> result.complete(readHeld(offset, maxBytes, held)));
        return result;
    }

    private ReadResult readAll(long offset, int maxBytes) {
        Read read = port.store().read(stream, offset, maxBytes);
        List<Entry> entries = new ArrayList<>(read.records().size());
        for (StoredRecord stored : read.records()) {
            if (stored.offset() + stored.span() > ends.end()) {
                return new ReadResult(entries, stored.offset(), null);
            }
            entries.add(StoredContent.entry(stored));
        }
        return new ReadResult(entries, read.nextOffset(), told(read.damage()));
    }

    /// Leaves out what a queue has settled and does not keep, and what is superseded.
    private ReadResult readHeld(long offset, int maxBytes, Held held) {
        List<Assignment> runs = held.runs();
        if (runs.isEmpty()) {
            return new ReadResult(List.of(), Math.max(offset, held.end()), null);
        }
        long from = Math.max(offset, runs.getFirst().first());
        Read read = port.store().read(stream, from, maxBytes);
        List<Entry> entries = new ArrayList<>(read.records().size());
        int run = 0;
        for (StoredRecord stored : read.records()) {
            while (run < runs.size() && runs.get(run).end() <= stored.offset()) {
                run++;
            }
            if (run == runs.size()) {
                break;
            }
            if (stored.offset() + stored.span() > runs.get(run).first()) {
                entries.add(StoredContent.entry(stored));
            }
        }
        // What came since is for the next read.
        boolean whole = read.nextOffset() <= held.end();
        long next = whole ? read.nextOffset() : held.end();
        return new ReadResult(entries, next, whole ? told(read.damage()) : null);
    }

    private @Nullable String told(@Nullable Damage damage) {
        if (damage != null) {
            session.core().damages().found(topic, partition, damage);
        }
        return text(damage);
    }

    /// What a reader is told of a damaged range.
    static @Nullable String text(@Nullable Damage damage) {
        return damage == null
                ? null
                : "offsets "
                        + damage.firstOffset()
                        + " to "
                        + (damage.endOffset() - 1)
                        + " cannot be read: "
                        + damage.place();
    }

    @Override
    public CompletionStage<@Nullable OffsetAtTime> find(long timeMs) {
        CompletableFuture<@Nullable OffsetAtTime> found = new CompletableFuture<>();
        port.ask(
                session.loop(),
                serving -> serving.holdings().reaching(stream, timeMs),
                range ->
                        found.complete(
                                range == null
                                        ? null
                                        : new TimeSearch(port.store(), stream, timeMs).in(range)));
        return found;
    }

    @Override
    public CompletionStage<Long> newest() {
        return ask(holdings -> holdings.newest(stream));
    }

    @Override
    public CompletionStage<Long> heldBytes() {
        return ask(holdings -> holdings.bytes(stream));
    }

    private CompletionStage<Long> ask(ToLongFunction<Holdings> question) {
        CompletableFuture<Long> answer = new CompletableFuture<>();
        port.ask(
                session.loop(),
                serving -> question.applyAsLong(serving.holdings()),
                answer::complete);
        return answer;
    }

    @Override
    public Watch whenBeyond(long offset, Runnable task) {
        StreamWatch watch = new StreamWatch(task);
        watches.add(watch);
        if (ends.end() > offset) {
            session.loop().post(watch.alarm);
        } else {
            port.run(serving -> serving.watch(stream, offset, session.loop(), watch.alarm));
            watch.registered = true;
        }
        return watch;
    }

    @Override
    public Watch whenLastIsOver(LastIsOver listener) {
        LastWatch watch = new LastWatch(listener);
        watches.add(watch);
        port.run(serving -> serving.subjects().hear(stream, watch.hearer));
        return watch;
    }

    @Override
    public void close() {
        List.copyOf(watches).forEach(Watch::cancel);
        session.forget(this);
    }

    /// Tells of last messages until it is cancelled.
    private final class LastWatch implements Watch {
        private final LastIsOver listener;
        private final LastHearer hearer = new LastHearer(session.loop(), this::over);

        LastWatch(LastIsOver listener) {
            this.listener = listener;
        }

        private void over(String subject, long offset) {
            if (watches.contains(this)) {
                listener.over(subject, offset);
            }
        }

        @Override
        public void cancel() {
            if (watches.remove(this)) {
                port.run(serving -> serving.subjects().unhear(stream, hearer));
            }
        }
    }

    /// Runs its task at most once.
    private final class StreamWatch implements Watch {
        private final Runnable task;
        private final Runnable alarm = this::ring;
        private boolean registered;
        private boolean over;

        StreamWatch(Runnable task) {
            this.task = task;
        }

        private void ring() {
            if (!over) {
                over = true;
                watches.remove(this);
                task.run();
            }
        }

        @Override
        public void cancel() {
            if (!over) {
                over = true;
                watches.remove(this);
                if (registered) {
                    port.run(serving -> serving.unwatch(stream, alarm));
                }
            }
        }
    }
}
