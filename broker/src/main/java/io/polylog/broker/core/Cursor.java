package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Reader;
import io.polylog.broker.Reader.Entry;
import io.polylog.broker.Reader.ReadResult;
import io.polylog.broker.Topic;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A consumer that reads one partition of a topic for itself: from where it wants, without taking
/// anything from others. What its deliveries get as settlement only makes room for more. Holds an
/// offset between turns, never bytes. On the session's loop.
final class Cursor implements Consumer {
    private static final int MOST_BYTES = 256 * 1024;

    /// Deliveries in one turn of the loop, so that other connections get theirs.
    private static final int TURN = 2048;

    private final CoreSession session;
    private final long number;
    private final ConsumeSpec spec;
    private final DeliveryListener listener;
    private final Topic topic;
    private final int partition;
    private final Reader reader;

    /// What it wants; null for everything.
    private final @Nullable Sieve sieve;

    private long position;
    private int limit;

    /// Deliveries that are not settled.
    private int out;

    /// What a record took lately, to read no more than there is credit for.
    private int recordBytes = 256;

    /// How much to read at least: more while nothing stops it, as when most is filtered out.
    private int pieceBytes = 1;

    private boolean started;
    private boolean paused;
    private boolean reading;
    private boolean posted;
    private boolean closed;

    /// Wakes it when there is more; null while it does not wait for that.
    private Reader.@Nullable Watch more;

    Cursor(
            CoreSession session,
            long number,
            ConsumeSpec spec,
            DeliveryListener listener,
            Topic topic,
            Topic.Partition partition) {
        this.session = session;
        this.number = number;
        this.spec = spec;
        this.listener = listener;
        this.topic = topic;
        this.partition = partition.number();
        reader = session.reader(topic.spec().name(), this.partition);
        limit = spec.credit();
        sieve =
                session.core()
                        .sieves()
                        .of(spec.interest().filter(), session.core().port(partition.shard()));
    }

    /// Finds where it begins; completes when it is there. Then [#start].
    CompletionStage<Consumer> open() {
        return FirstOffset.of(session, topic.spec().name(), partition, spec.start())
                .thenApply(from -> {
                    position = from == FirstOffset.END ? reader.endOffset() : from;
                    return this;
                });
    }

    /// The session's user knows it.
    void start() {
        started = true;
        watchForTheEnd();
        pump();
    }

    /// The stream's end rings every watch on it, so one that nothing else can ring tells of it.
    private void watchForTheEnd() {
        reader.whenBeyond(
                Long.MAX_VALUE - 1,
                () -> {
                    if (!closed && isGone()) {
                        close();
                        listener.cancelled();
                    } else if (!closed) {
                        watchForTheEnd();
                    }
                });
    }

    private boolean isGone() {
        Topic now = session.core().catalog().topic(topic.spec().name());
        return now == null || !now.id().equals(topic.id());
    }

    @Override
    public void credit(int credit) {
        limit = credit;
        pump();
    }

    @Override
    public void resume() {
        paused = false;
        pump();
    }

    /// Deliveries of it were settled, whatever the outcome.
    void release(int count) {
        out -= count;
        pump();
    }

    @Override
    public CompletionStage<@Nullable Void> close() {
        if (!closed) {
            closed = true;
            reader.close();
            session.consumers().cursors().forget(number);
        }
        return CompletableFuture.completedFuture(null);
    }

    private boolean mayDeliver() {
        return started && !closed && !paused && (spec.settleOnSend() || out < limit);
    }

    /// Delivers what may be delivered, as far as one read goes; the rest in the next turn.
    private void pump() {
        if (reading || !mayDeliver()) {
            return;
        }
        position = Math.max(position, reader.startOffset());
        if (position >= reader.endOffset()) {
            waitForMore();
            return;
        }
        reading = true;
        reader.read(position, bytesToRead())
                .whenComplete((read, _) -> {
                    boolean moved = !closed && deliver(read);
                    reading = false;
                    if (moved) {
                        goOn();
                    } else if (!closed) {
                        waitForMore();
                    }
                });
    }

    private int bytesToRead() {
        long wanted = Math.min(TURN, spec.settleOnSend() ? TURN : (long) limit - out);
        return (int) Math.min(MOST_BYTES, Math.max(pieceBytes, wanted * recordBytes));
    }

    private void waitForMore() {
        if (more == null) {
            more =
                    reader.whenBeyond(
                            position,
                            () -> {
                                more = null;
                                pump();
                            });
        }
    }

    /// Delivers what was read, until nothing more may be delivered.
    ///
    /// @return whether it got on, or there is more of what was read
    private boolean deliver(ReadResult read) {
        long before = position;
        int count = 0;
        boolean whole = true;
        for (Entry entry : read.records()) {
            long end = entry.offset() + entry.span();
            for (long at = Math.max(position, entry.offset()); at < end && whole; at++) {
                whole = mayDeliver() && count < TURN;
                if (whole) {
                    position = at + 1;
                    count++;
                    Delivery shown = shown(entry, at);
                    if (shown != null) {
                        out += spec.settleOnSend() ? 0 : 1;
                        paused |= !listener.deliver(shown);
                    }
                }
            }
            recordBytes =
                    (recordBytes * 7 + entry.content().bytes().remaining() / entry.span()) / 8 + 1;
        }
        if (sieve != null) {
            sieve.forget();
        }
        if (count > 0 && !closed) {
            listener.paused();
        }
        if (whole) {
            position = Math.max(position, read.nextOffset());
            failOn(read.damage());
        }
        pieceBytes = whole ? Math.min(MOST_BYTES, pieceBytes * 2) : Math.max(1, pieceBytes / 2);
        return position > before || !whole;
    }

    /// What the reader is to see of a message; null where it is not wanted.
    private @Nullable Delivery shown(Entry entry, long offset) {
        if (sieve == null) {
            return delivery(entry, offset);
        }
        return sieve.wants(entry.content(), (int) (offset - entry.offset()))
                ? sieve.shown(delivery(entry, offset))
                : null;
    }

    private Delivery delivery(Entry entry, long offset) {
        return new Delivery(
                topic.spec().name(),
                partition,
                Delivery.OF_CURSOR,
                number,
                offset,
                0,
                false,
                entry.timeMs(),
                (int) (offset - entry.offset()),
                entry.batch(),
                entry.content());
    }

    private void failOn(@Nullable String damage) {
        if (damage != null && !closed) {
            close();
            listener.failed(new BrokerException(Kind.DAMAGED, topic.spec().name() + ": " + damage));
        }
    }

    private void goOn() {
        if (!posted && mayDeliver()) {
            posted = true;
            session.loop()
                    .post(() -> {
                        posted = false;
                        pump();
                    });
        }
    }
}
