package io.polylog.broker.core;

import io.polylog.broker.Mailbox;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.command.CompactCommand;
import io.polylog.broker.command.CompactCommand.Span;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.Holdings.Dirt;
import io.polylog.broker.shard.ShardPort;
import io.polylog.io.Scheduler;
import io.polylog.log.Batch.Urgency;
import io.polylog.log.Command;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/// Looks a compacted stream through once: notes the newest offset of each key in what is new, then
/// goes over everything from the beginning and proposes to remove what those supersede. In short
/// slices on the timer's thread; what it keeps in memory is bounded by [KeyOffsets]: with more new
/// keys it stops earlier, and the next pass goes on from there.
///
/// A tombstone goes when it is old and a pass before this one has removed what it ends; the last
/// record looked at stays in any case, so that readers get beyond what is removed.
final class CompactionPass {
    private static final Mailbox AT_ONCE = Runnable::run;
    private static final int PIECE_BYTES = 256 * 1024;

    /// Runs of owed offsets looked at in one slice.
    private static final int RUNS = 1024;

    private static final int SPANS = 1000;

    private final Scheduler scheduler;
    private final ShardPort port;
    private final long stream;
    private final Dirt dirt;
    private final long endedMs;
    private final KeyOffsets newest = new KeyOffsets();
    private final List<Span> spans = new ArrayList<>();
    private final List<CompletableFuture<?>> proposed = new ArrayList<>();
    private long until;
    private long position;
    private Runnable then = () -> {};

    /// @param endedMs of the log's times, the oldest of tombstones that stay
    CompactionPass(Scheduler scheduler, ShardPort port, long stream, Dirt dirt, long endedMs) {
        this.scheduler = scheduler;
        this.port = port;
        this.stream = stream;
        this.dirt = dirt;
        this.endedMs = endedMs;
        until = dirt.until();
        position = dirt.cleanTo();
    }

    void run(Runnable whenDone) {
        then = whenDone;
        note();
    }

    private void soon(Runnable task) {
        scheduler.after(0, task);
    }

    // What is new ------------------------------------------------------------------------------

    private void note() {
        Read read = port.store().read(stream, position, PIECE_BYTES);
        for (StoredRecord stored : read.records()) {
            if (stored.offset() >= until) {
                break;
            }
            byte[] key = envelope(stored).key();
            if (key != null && !newest.put(key, stored.offset())) {
                until = stored.offset();
            }
        }
        boolean over = read.nextOffset() <= position || read.nextOffset() >= until;
        position = over ? dirt.start() : read.nextOffset();
        soon(over ? this::look : this::note);
    }

    private static Envelope envelope(StoredRecord stored) {
        return StoredContent.content(stored).envelope();
    }

    // What it supersedes -----------------------------------------------------------------------

    private void look() {
        port.run(serving -> {
            List<Assignment> owed = serving.holdings().held(stream, position, RUNS).runs();
            soon(() -> look(owed));
        });
    }

    private void look(List<Assignment> owed) {
        if (owed.isEmpty() || owed.getFirst().first() >= until) {
            finish();
            return;
        }
        position = Math.max(position, owed.getFirst().first());
        Read read = port.store().read(stream, position, PIECE_BYTES);
        int run = 0;
        for (StoredRecord stored : read.records()) {
            while (run < owed.size() && owed.get(run).end() <= stored.offset()) {
                run++;
            }
            if (run < owed.size() && owed.get(run).first() <= stored.offset()) {
                judge(stored);
            }
        }
        long seen = owed.size() == RUNS ? owed.getLast().end() : Long.MAX_VALUE;
        long next = Math.min(read.nextOffset(), seen);
        if (next <= position || next >= until) {
            finish();
        } else {
            position = next;
            soon(this::look);
        }
    }

    private void judge(StoredRecord stored) {
        long offset = stored.offset();
        Envelope envelope = envelope(stored);
        byte[] key = envelope.key();
        if (key == null || offset >= until) {
            return;
        }
        boolean ended =
                envelope.tombstone()
                        && offset < dirt.cleanTo()
                        && offset < until - 1
                        && stored.timeMs() < endedMs;
        if (newest.newest(key) > offset || ended) {
            remove(offset, offset + stored.span());
        }
    }

    private void remove(long first, long end) {
        Span last = spans.isEmpty() ? null : spans.getLast();
        if (last != null && last.end() == first) {
            spans.set(spans.size() - 1, new Span(last.first(), end));
            return;
        }
        if (spans.size() == SPANS) {
            propose(0);
        }
        spans.add(new Span(first, end));
    }

    // Proposing --------------------------------------------------------------------------------

    /// What was proposed is decided before the stream is called clean.
    private void finish() {
        propose(0);
        CompletableFuture.allOf(proposed.toArray(CompletableFuture<?>[]::new))
                .whenComplete((_, refused) -> {
                    if (refused == null) {
                        propose(until);
                        Objects.requireNonNull(proposed.getLast())
                                .whenComplete((_, _) -> soon(then));
                    } else {
                        soon(then); // the next pass finds it again
                    }
                });
    }

    private void propose(long cleanTo) {
        if (spans.isEmpty() && cleanTo == 0) {
            return;
        }
        HeadWriter head = new HeadWriter(32 + spans.size() * 4);
        new CompactCommand(stream, spans, cleanTo).encode(head);
        spans.clear();
        Ask ask = new Ask(AT_ONCE);
        port.propose(ask.batch(Command.of(CompactCommand.TYPE, head.toBuffer()), Urgency.RELAXED));
        proposed.add(ask.answer());
    }
}
