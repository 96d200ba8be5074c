package io.polylog.broker.shard;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.AppendListener.Outcome;
import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.broker.machine.Cell;
import java.util.Arrays;

/// The last batches of one producer in one stream: enough to know a retry from new data.
final class ProducerState extends Cell {
    /// Batches remembered: as many as an idempotent sender may have in flight.
    static final int WINDOW = 5;

    /// Numbers a batch of the window takes: first sequence, last sequence, first offset.
    private static final int FIELDS = 3;

    private static final long[] NOTHING = new long[0];

    final long stream;
    final ProducerKey key;
    short epoch;
    long lastTimeMs;

    /// Oldest first, [#FIELDS] numbers each.
    private long[] batches = NOTHING;

    ProducerState(long stream, ProducerKey key) {
        this.stream = stream;
        this.key = key;
    }

    /// What is to become of a batch: APPENDED when it continues the sequence, else why not.
    Outcome judge(ProducerStamp stamp, int count) {
        if (stamp.epoch() < epoch) {
            return Outcome.FENCED;
        }
        if (stamp.epoch() > epoch) {
            return stamp.baseSequence() == 0 ? Outcome.APPENDED : Outcome.OUT_OF_ORDER_SEQUENCE;
        }
        if (batches.length == 0) {
            return stamp.baseSequence() == 0 ? Outcome.APPENDED : Outcome.UNKNOWN_PRODUCER;
        }
        if (offsetOf(stamp, count) >= 0) {
            return Outcome.DUPLICATE;
        }
        int newest = (int) batches[batches.length - 2];
        int oldest = (int) batches[0];
        if (stamp.baseSequence() == next(newest)) {
            return Outcome.APPENDED;
        }
        boolean forgotten = isBefore(last(stamp, count), oldest);
        return forgotten ? Outcome.DUPLICATE_FORGOTTEN : Outcome.OUT_OF_ORDER_SEQUENCE;
    }

    /// The first offset of a batch of the window, or -1.
    long offsetOf(ProducerStamp stamp, int count) {
        for (int i = 0; i < batches.length; i += FIELDS) {
            if (batches[i] == stamp.baseSequence() && batches[i + 1] == last(stamp, count)) {
                return batches[i + 2];
            }
        }
        return -1;
    }

    /// Whether older batches may have been left out.
    boolean windowIsFull() {
        return batches.length == WINDOW * FIELDS;
    }

    /// Remembers a batch that was stored.
    void store(ProducerStamp stamp, int count, long offset, long timeMs) {
        long[] kept = stamp.epoch() == epoch ? batches : NOTHING;
        int from = kept.length == WINDOW * FIELDS ? FIELDS : 0;
        long[] after = Arrays.copyOfRange(kept, from, kept.length + FIELDS);
        after[after.length - 3] = stamp.baseSequence();
        after[after.length - 2] = last(stamp, count);
        after[after.length - 1] = offset;
        batches = after;
        epoch = stamp.epoch();
        lastTimeMs = timeMs;
    }

    /// Forgets what came before: the sequence starts anew.
    void reset() {
        batches = NOTHING;
    }

    /// The sequence after one; after 2^31-1 comes 0.
    private static int next(int sequence) {
        return sequence == Integer.MAX_VALUE ? 0 : sequence + 1;
    }

    private static int last(ProducerStamp stamp, int count) {
        return stamp.baseSequence() + count - 1 & Integer.MAX_VALUE;
    }

    /// On the circle of sequences the shorter way leads forward from `a` to `b`.
    private static boolean isBefore(int a, int b) {
        int distance = b - a & Integer.MAX_VALUE;
        return distance != 0 && distance < 1 << 30;
    }

    @Override
    public String toString() {
        return key + " epoch " + epoch + " at " + lastTimeMs + " " + Arrays.toString(batches);
    }

    @Override
    public int kind() {
        return CellKind.PRODUCER;
    }

    @Override
    public void encode(HeadWriter out) {
        out.number(stream).number(key.source()).number(key.id());
        out.number(epoch).number(lastTimeMs).octet(batches.length);
        for (long field : batches) {
            out.number(field);
        }
    }

    static ProducerState decode(HeadReader in) {
        ProducerState state =
                new ProducerState(in.number(), new ProducerKey(in.number(), in.number()));
        state.epoch = (short) in.integer();
        state.lastTimeMs = in.number();
        state.batches = new long[in.octet()];
        for (int i = 0; i < state.batches.length; i++) {
            state.batches[i] = in.number();
        }
        return state;
    }
}
