package io.polylog.harness;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Who sent what, what was accepted, what arrived: for one destination read by one reader. Any
/// thread may write; [#verdict] is asked when all is quiet.
///
/// Sequences are small whole numbers, one row of them a producer, so that a run of millions costs a
/// few bits a message.
public final class Ledger {
    private static final int TOLD = 20;

    private final Map<Integer, Row> rows = new ConcurrentHashMap<>();
    private final List<String> oddities = new ArrayList<>();
    private final Repeats repeats;

    /// Whether a message may arrive a second time.
    public enum Repeats {
        /// Each once: a reader by offset.
        NEVER,
        /// Only flagged as one that may have come before: a consumer that settles.
        FLAGGED,
        /// At any time: a group that goes on from its last commit.
        ALLOWED
    }

    /// An empty ledger.
    public Ledger(Repeats repeats) {
        this.repeats = repeats;
    }

    /// A producer is about to send.
    public void attempted(int producer, long sequence) {
        row(producer).attempt(Math.toIntExact(sequence));
    }

    /// The broker said yes.
    public void accepted(int producer, long sequence) {
        row(producer).accept(Math.toIntExact(sequence));
    }

    /// A message arrived.
    ///
    /// @param redelivered whether it came flagged as one that may have come before
    public void arrived(int producer, long sequence, boolean redelivered) {
        Row row = row(producer);
        synchronized (row) {
            int index = Math.toIntExact(sequence);
            if (!row.attempted.get(index)) {
                odd("invented: " + producer + "/" + sequence + " was never sent");
            }
            if (row.arrived.get(index)) {
                repeated(producer, sequence, redelivered);
            } else if (!redelivered && index < row.newest) {
                odd("out of order: " + producer + "/" + sequence + " after " + row.newest);
            }
            row.arrive(index, redelivered);
        }
    }

    /// Something arrived that no producer of this run sent like that.
    public void forged(Proof.Forged what) {
        odd("invented: " + what.getMessage());
    }

    /// How many were accepted and have not arrived so far.
    public long owed() {
        return rows.values().stream().mapToLong(row -> row.missing().cardinality()).sum();
    }

    public long attempted() {
        return rows.values().stream().mapToLong(row -> row.attemptedCount).sum();
    }

    public long accepted() {
        return rows.values().stream().mapToLong(row -> row.acceptedCount).sum();
    }

    /// How many different messages arrived.
    public long arrived() {
        return rows.values().stream().mapToLong(row -> row.arrivedCount).sum();
    }

    /// Everything that is wrong; empty when all promises were kept.
    public List<String> verdict() {
        List<String> wrong = new ArrayList<>();
        rows.forEach((producer, row) -> lost(producer, row, wrong));
        synchronized (oddities) {
            wrong.addAll(oddities);
        }
        return wrong;
    }

    private void repeated(int producer, long sequence, boolean redelivered) {
        boolean mayRepeat =
                switch (repeats) {
                    case NEVER -> false;
                    case FLAGGED -> redelivered;
                    case ALLOWED -> true;
                };
        if (!mayRepeat) {
            String flag = redelivered ? "flagged" : "not flagged";
            odd("repeated: " + producer + "/" + sequence + " came again, " + flag);
        }
    }

    /// Tells lost ones by where they lie among those that arrived: what is lost at the end was
    /// answered too early, what is lost at the start or in the middle was thrown away later.
    private static void lost(int producer, Row row, List<String> wrong) {
        BitSet missing = row.missing();
        int told = 0;
        for (int from = missing.nextSetBit(0); from >= 0; from = missing.nextSetBit(from)) {
            int end = missing.nextClearBit(from);
            if (told++ < TOLD) {
                String range = producer + "/" + from + ".." + (end - 1);
                wrong.add("lost (" + place(row.arrived, from, end) + "): " + range);
            }
            from = end;
        }
    }

    private static String place(BitSet arrived, int from, int end) {
        if (arrived.previousSetBit(from) < 0) {
            return arrived.isEmpty() ? "all" : "prefix";
        }
        return arrived.nextSetBit(end) < 0 ? "suffix" : "middle";
    }

    private void odd(String what) {
        synchronized (oddities) {
            if (oddities.size() < TOLD) {
                oddities.add(what);
            }
        }
    }

    private Row row(int producer) {
        return rows.computeIfAbsent(producer, _ -> new Row());
    }

    /// One producer. Its counts may be read at any time.
    private static final class Row {
        final BitSet attempted = new BitSet();
        final BitSet accepted = new BitSet();
        final BitSet arrived = new BitSet();
        volatile long attemptedCount;
        volatile long acceptedCount;
        volatile long arrivedCount;
        int newest = -1;

        synchronized void attempt(int index) {
            attempted.set(index);
            attemptedCount++;
        }

        synchronized void accept(int index) {
            accepted.set(index);
            acceptedCount++;
        }

        synchronized void arrive(int index, boolean redelivered) {
            if (!redelivered) {
                newest = Math.max(newest, index);
            }
            if (!arrived.get(index)) {
                arrived.set(index);
                arrivedCount++;
            }
        }

        synchronized BitSet missing() {
            BitSet missing = (BitSet) accepted.clone();
            missing.andNot(arrived);
            return missing;
        }
    }
}
