package io.polylog.interop.crash;

import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof.Forged;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What JetStream's clients sent and were told, against what comes to a consumer and what the
/// streams hold in the end: messages with ids, a counter that one raises by what he read, and
/// batches. Any thread; the streams are read by one, when nobody publishes any more.
final class JetStreamLedger {
    private static final int PRODUCER = 0;
    private static final int TOLD = 20;

    private final Ledger consumed = new Ledger(Repeats.FLAGGED);
    private final Ledger kept = new Ledger(Repeats.NEVER);
    private final Set<Long> settled = new HashSet<>();
    private final List<String> odd = new ArrayList<>();
    private final Map<Long, Integer> sizes = new HashMap<>();
    private final Set<Long> acceptedBatches = new TreeSet<>();
    private final Set<Long> keptBatches = new TreeSet<>();
    private long counted;
    private long steps;
    private long batch = -1;
    private int place;

    private synchronized void odd(String what) {
        if (odd.size() < TOLD) {
            odd.add(what);
        }
    }

    /// What a client was told that it should not be.
    void surprise(String what) {
        odd(what);
    }

    // Messages -----------------------------------------------------------------------------------

    void attempted(long number) {
        consumed.attempted(PRODUCER, number);
        kept.attempted(PRODUCER, number);
    }

    void accepted(long number) {
        consumed.accepted(PRODUCER, number);
        kept.accepted(PRODUCER, number);
    }

    /// One came to the consumer.
    ///
    /// @param again whether it came flagged as one that may have come before
    synchronized void arrived(long number, boolean again) {
        consumed.arrived(PRODUCER, number, again);
        if (settled.contains(number)) {
            odd(number + " came again after it was told to be acknowledged");
        }
    }

    /// The consumer was told that its acknowledgement is kept.
    synchronized void settled(long number) {
        settled.add(number);
    }

    /// One is the next in the stream.
    void kept(long number) {
        kept.arrived(PRODUCER, number, false);
    }

    void forged(Forged what) {
        odd(what.getMessage());
    }

    long accepted() {
        return consumed.accepted();
    }

    /// How far ahead of the consumer the publisher is.
    Ledger consumed() {
        return consumed;
    }

    // The counter --------------------------------------------------------------------------------

    /// Who raises it was told that it is there.
    synchronized void counted(long value) {
        counted = value;
    }

    /// What the next message of its stream says.
    synchronized void step(long value) {
        steps++;
        if (value != steps) {
            odd("step " + steps + " of the counter says " + value);
        }
    }

    // Batches ------------------------------------------------------------------------------------

    /// One begins.
    ///
    /// @param size messages that it has; 0 where it is never to be stored
    synchronized void batchBegun(long number, int size) {
        sizes.put(number, size);
    }

    synchronized void batchAccepted(long number) {
        acceptedBatches.add(number);
    }

    /// The next message of the batches' stream.
    ///
    /// @param index its place in its batch, from 0
    synchronized void batchKept(long number, int index) {
        if (index == 0) {
            endBatch();
            if (number <= batch) {
                odd("batch " + number + " is kept after " + batch);
            }
            if (sizes.getOrDefault(number, 0) == 0) {
                odd("batch " + number + " is kept, and never ended");
            }
            batch = number;
            place = 0;
        } else if (number != batch || index != place) {
            odd("batch %d goes on with %d of %d".formatted(batch, index, number));
        }
        place++;
    }

    private void endBatch() {
        if (batch >= 0 && place != sizes.getOrDefault(batch, 0)) {
            odd("batch %d has %d of %d".formatted(batch, place, sizes.getOrDefault(batch, 0)));
        }
        keptBatches.add(batch);
    }

    // The end ------------------------------------------------------------------------------------

    /// Everything that is wrong, once all streams were read.
    synchronized List<String> verdict() {
        endBatch();
        Set<Long> lost = new TreeSet<>(acceptedBatches);
        lost.removeAll(keptBatches);
        if (!lost.isEmpty()) {
            odd("batches that were accepted are lost: " + lost);
        }
        if (steps < counted) {
            odd("the counter is at " + steps + " after it was told to be at " + counted);
        }
        List<String> wrong = new ArrayList<>();
        consumed.verdict().forEach(what -> wrong.add("JetStream consumer, " + what));
        kept.verdict().forEach(what -> wrong.add("JetStream stream, " + what));
        odd.forEach(what -> wrong.add("JetStream, " + what));
        return wrong;
    }
}
