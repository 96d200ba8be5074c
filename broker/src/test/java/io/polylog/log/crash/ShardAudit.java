package io.polylog.log.crash;

import io.polylog.log.Batch;
import io.polylog.log.ShardMachine;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Knows all that ever happened to one shard, through all lives of the process, and throws a
/// [Violation] as soon as the log contradicts it: what was applied once is applied again in the
/// same place with the same bytes, what was answered was applied, what was refused never is, and of
/// what nobody heard a beginning may have made it, batch by batch.
final class ShardAudit implements Witness {
    static final long UNKNOWN = -1;

    private final int shard;
    private final boolean witnessed;
    private final List<Applied> applied = new ArrayList<>();
    private final Map<Long, List<Act>> acts = new HashMap<>();
    private final Map<Long, Applied> byBatch = new HashMap<>();
    private Books expected = new Books();
    private final TreeMap<Long, TreeMap<Long, Kept>> records = new TreeMap<>();

    /// Proposed, not refused, not applied; in the order of propose.
    private final ArrayDeque<Long> waiting = new ArrayDeque<>();

    /// Applied while leading, or there when it began to lead: never to be lost.
    private int promised;

    private final Map<Batch.Refusal, Integer> refusals = new EnumMap<>(Batch.Refusal.class);
    private int replayed;
    private int visible;
    private long epoch;
    private boolean leads;

    ShardAudit(int shard) {
        this(shard, true);
    }

    /// @param witnessed whether the auditor sees all that is applied; else checkpoints may hold
    ///   more
    ShardAudit(int shard, boolean witnessed) {
        this.shard = shard;
        this.witnessed = witnessed;
    }

    /// A batch in its place.
    private record Applied(long batch, long index, long epoch, long timeMs) {}

    /// A record that a stream holds.
    record Kept(long offset, int span, long batch, int ordinal, Act.Append append, long timeMs) {}

    Books expected() {
        return expected;
    }

    /// The records of a stream that readers must see or may see.
    Map<Long, Kept> records(long stream) {
        return records.getOrDefault(stream, new TreeMap<>());
    }

    /// Whether readers see all that was applied.
    boolean settled() {
        return visible == applied.size();
    }

    boolean leads() {
        return leads;
    }

    int refusedCount(Batch.Refusal refusal) {
        return refusals.getOrDefault(refusal, 0);
    }

    int appliedCount() {
        return applied.size();
    }

    int waitingCount() {
        return waiting.size();
    }

    // ---- told by the run

    void proposed(long batch, List<Act> content) {
        acts.put(batch, content);
        waiting.add(batch);
    }

    void refused(long batch, Batch.Refusal refusal) {
        refusals.merge(refusal, 1, Integer::sum);
        if (byBatch.containsKey(batch)) {
            throw violation("batch " + batch + " was applied and then refused: " + refusal);
        }
        if (refusal != Batch.Refusal.UNKNOWN) {
            waiting.remove(batch);
        }
    }

    void done(long batch, long index, long atEpoch) {
        Applied place = byBatch.get(batch);
        if (place == null
                || place.index != index
                || (place.epoch != atEpoch && place.epoch != UNKNOWN)) {
            throw violation(
                    "batch %d was answered as %d of epoch %d, but applied as %s"
                            .formatted(batch, index, atEpoch, place));
        }
    }

    // ---- told by the machine

    /// A new machine over an empty state.
    @Override
    public void begin() {
        replayed = 0;
        leads = false;
        while (applied.size() > promised) {
            // Replayed by a process that died before it led: nobody has seen it.
            Applied unseen = applied.removeLast();
            byBatch.remove(unseen.batch);
            waiting.addFirst(unseen.batch);
        }
        expected = new Books();
        records.clear();
        applied.forEach(this::expect);
    }

    private void expect(Applied place) {
        List<Act> content = Objects.requireNonNull(acts.get(place.batch));
        expected.apply(place.batch, content, new Keeping(place, content));
    }

    @Override
    public void restored(Books books) {
        List<Long> history = books.history();
        if (!witnessed) {
            history.subList(Math.min(applied.size(), history.size()), history.size())
                    .forEach(this::addUnseen);
        }
        for (int i = 0; i < history.size(); i++) {
            if (i >= applied.size() || applied.get(i).batch != history.get(i)) {
                throw violation("the checkpoint has another history: " + history);
            }
        }
        replayed = history.size();
    }

    @Override
    public void applied(ShardMachine.Entry entry, long batch, List<Act> content) {
        Applied now = new Applied(batch, entry.index(), entry.epoch(), entry.timeMs());
        if (leads != (entry.proposer() != null)) {
            throw violation("a proposer is told on replay or missing after: " + now);
        }
        if (replayed < applied.size()) {
            if (!applied.get(replayed).equals(now)) {
                throw violation("applied as " + applied.get(replayed) + ", replayed as " + now);
            }
        } else {
            addApplied(now, content);
        }
        replayed++;
    }

    /// A batch that another process applied: only its place is known.
    private void addUnseen(long batch) {
        Long next = waiting.poll();
        if (next == null || next != batch) {
            throw violation("batch " + batch + " is where batch " + next + " was to come");
        }
        Applied place = new Applied(batch, applied.size() + 1, UNKNOWN, UNKNOWN);
        applied.add(place);
        byBatch.put(batch, place);
        expect(place);
    }

    private void addApplied(Applied now, List<Act> content) {
        Long next = waiting.poll();
        if (next == null || next != now.batch) {
            throw violation(now + " was applied where batch " + next + " was the next to come");
        }
        if (!content.equals(acts.get(now.batch))) {
            throw violation(now + " has the commands " + content);
        }
        long lastMs = applied.isEmpty() ? 0 : applied.getLast().timeMs;
        if (now.index != applied.size() + 1 || now.timeMs < lastMs) {
            throw violation(now + " follows " + applied.size() + " batches up to " + lastMs);
        }
        applied.add(now);
        byBatch.put(now.batch, now);
        expect(now);
        promised = leads ? applied.size() : promised;
    }

    private final class Keeping implements Books.Effects {
        private final Applied place;
        private final List<Act> content;

        Keeping(Applied place, List<Act> content) {
            this.place = place;
            this.content = content;
        }

        @Override
        public void put(long stream, long offset, int span, int ordinal) {
            Act.Append append = (Act.Append) content.get(ordinal);
            records.computeIfAbsent(stream, missing -> new TreeMap<>())
                    .put(
                            offset,
                            new Kept(offset, span, place.batch, ordinal, append, place.timeMs));
        }

        @Override
        public void trim(long stream, long floor) {}

        @Override
        public void drop(long stream, long offset, int span) {}

        @Override
        public void delete(long stream) {
            records.remove(stream);
        }
    }

    @Override
    public void committed() {
        visible = applied.size();
    }

    @Override
    public void leading(long newEpoch, Books books) {
        if (replayed != applied.size()) {
            throw violation(
                    "lost: %d batches were applied before, %d are left; the first missing is %s"
                            .formatted(applied.size(), replayed, applied.get(replayed)));
        }
        String difference = books.difference(expected);
        if (!difference.isEmpty()) {
            throw violation("the state came back different: " + difference);
        }
        if (newEpoch <= epoch) {
            throw violation("epoch " + newEpoch + " follows " + epoch);
        }
        epoch = newEpoch;
        leads = true;
        promised = applied.size();
        visible = applied.size();
        waiting.clear(); // what did not make it must never come back
    }

    private Violation violation(String message) {
        return new Violation("shard " + shard + ": " + message);
    }
}
