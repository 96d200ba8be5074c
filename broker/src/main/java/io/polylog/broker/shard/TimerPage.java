package io.polylog.broker.shard;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Some of the messages that become due within the span of one bucket of [Timers], in the order in
/// which they came, each as its difference to the one before: time, then subscription where that is
/// another, then offset.
final class TimerPage extends Cell {
    private static final int MOST_BYTES = 4_000;
    private static final int ENTRY_BYTES = 30;

    /// Which bucket, as [Timers] numbers them.
    final long bucket;

    /// Its place among the bucket's pages.
    final int number;

    private final long startMs;

    private byte[] bytes = new byte[ENTRY_BYTES];
    private int used;

    /// When the first of them becomes due.
    private long leastMs = Long.MAX_VALUE;

    // The last entry.
    private long dueMs;
    private long subscription;
    private long offset;

    /// @param startMs the first time of the bucket
    TimerPage(long bucket, int number, long startMs) {
        this.bucket = bucket;
        this.number = number;
        this.startMs = startMs;
        dueMs = startMs;
    }

    /// Takes what is in the pages, or some of it.
    @FunctionalInterface
    interface Sink {
        void timer(long dueMs, long subscription, long offset);
    }

    /// When the first of them becomes due.
    long leastMs() {
        return leastMs;
    }

    boolean full() {
        return used > MOST_BYTES - ENTRY_BYTES;
    }

    /// Bytes taken for entries.
    int capacity() {
        return bytes.length;
    }

    void add(long entryMs, long entrySubscription, long entryOffset) {
        if (bytes.length - used < ENTRY_BYTES) {
            int more = Math.max(ENTRY_BYTES, bytes.length / 2);
            bytes = Arrays.copyOf(bytes, Math.min(MOST_BYTES, bytes.length + more));
        }
        boolean other = entrySubscription != subscription;
        number((zigzag(entryMs - dueMs) << 1) | (other ? 1 : 0));
        if (other) {
            number(zigzag(entrySubscription - subscription));
            number(entryOffset);
        } else {
            number(zigzag(entryOffset - offset));
        }
        leastMs = Math.min(leastMs, entryMs);
        dueMs = entryMs;
        subscription = entrySubscription;
        offset = entryOffset;
    }

    private void number(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[used++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[used++] = (byte) rest;
    }

    private static long zigzag(long value) {
        return (value << 1) ^ (value >> 63);
    }

    private static long unzigzag(long raw) {
        return (raw >>> 1) ^ -(raw & 1);
    }

    /// @param startMs the first time of the bucket
    void each(long startMs, Sink sink) {
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, used);
        long atMs = startMs;
        long of = 0;
        long at = 0;
        while (in.hasRemaining()) {
            long head = HeadReader.number(in);
            atMs += unzigzag(head >>> 1);
            if ((head & 1) != 0) {
                of += unzigzag(HeadReader.number(in));
                at = HeadReader.number(in);
            } else {
                at += unzigzag(HeadReader.number(in));
            }
            sink.timer(atMs, of, at);
        }
    }

    boolean isEmpty() {
        return used == 0;
    }

    /// Whether there is something of a subscription.
    boolean holds(long wanted) {
        boolean[] some = {false};
        each(startMs, (_, of, _) -> some[0] |= of == wanted);
        return some[0];
    }

    /// Leaves out what is of a subscription.
    void forget(long gone) {
        List<long[]> kept = new ArrayList<>();
        each(
                startMs,
                (atMs, of, at) -> {
                    if (of != gone) {
                        kept.add(new long[] {atMs, of, at});
                    }
                });
        used = 0;
        leastMs = Long.MAX_VALUE;
        dueMs = startMs;
        subscription = 0;
        offset = 0;
        kept.forEach(entry -> add(entry[0], entry[1], entry[2]));
    }

    @Override
    public int kind() {
        return CellKind.TIMER_PAGE;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(bucket).number(number).number(used).raw(ByteBuffer.wrap(bytes, 0, used));
    }

    static TimerPage decode(HeadReader in) {
        long bucket = in.number();
        TimerPage page = new TimerPage(bucket, in.integer(), Timers.startMs(bucket));
        page.bytes = in.blob();
        page.used = page.bytes.length;
        page.each(
                Timers.startMs(bucket),
                (dueMs, subscription, offset) -> {
                    page.leastMs = Math.min(page.leastMs, dueMs);
                    page.dueMs = dueMs;
                    page.subscription = subscription;
                    page.offset = offset;
                });
        return page;
    }
}
