package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The record store of [MemoryShardLog]: records on the heap, each once, however many streams hold
/// it. Written by the shard's thread, read by any; a stream's own lock keeps them apart.
final class MemoryStore implements RecordStore {
    private final Map<Long, Stream> streams = new ConcurrentHashMap<>();

    /// Payloads of the batch that is being applied; a locator's position is the place in here.
    private final List<Kept> current = new ArrayList<>();

    /// A new batch is applied: locators of the one before are void.
    void begin() {
        current.clear();
    }

    /// Copies a payload, so that it may be put to streams during this apply.
    ShardMachine.Locator hold(Command command, ByteBuffer payload, long timeMs) {
        Kept kept = new Kept(command.type(), timeMs, copy(command.head()), copy(payload));
        current.add(kept);
        int payloadBytes = kept.payload.length;
        return new ShardMachine.Locator(
                current.size() - 1, payloadBytes + kept.head.length, payloadBytes);
    }

    private static byte[] copy(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.get(from.position(), bytes);
        return bytes;
    }

    @Override
    public void put(long stream, long offset, int span, ShardMachine.Locator locator) {
        Kept kept = current.get((int) locator.position());
        streams.computeIfAbsent(stream, id -> new Stream()).put(new Slot(offset, span, kept));
    }

    @Override
    public void trim(long stream, long floor) {
        Stream found = streams.get(stream);
        if (found != null) {
            found.trim(floor);
        }
    }

    @Override
    public void drop(long stream, long offset, int span) {
        Stream found = streams.get(stream);
        if (found != null) {
            found.drop(offset, offset + span);
        }
    }

    @Override
    public void delete(long stream) {
        streams.remove(stream);
    }

    @Override
    public void retain(LongPredicate known) {
        streams.keySet().removeIf(stream -> !known.test(stream));
    }

    @Override
    public Read read(long stream, long offset, int maxBytes) {
        Stream found = streams.get(stream);
        return found == null ? new Read(List.of(), offset, null) : found.read(offset, maxBytes);
    }

    @Override
    public long owedBytes(long stream) {
        Stream found = streams.get(stream);
        return found == null ? 0 : found.bytes();
    }

    private record Kept(int type, long timeMs, byte[] head, byte[] payload) {}

    private static final class Slot {
        final long offset;
        final int span;
        final Kept kept;
        private @Nullable BitSet dropped;

        Slot(long offset, int span, Kept kept) {
            this.offset = offset;
            this.span = span;
            this.kept = kept;
        }

        long end() {
            return offset + span;
        }

        /// Whether nothing of it is owed once `from` to `to` is dropped.
        boolean drop(long from, long to) {
            if (from <= offset && to >= end()) {
                return true;
            }
            BitSet bits = dropped == null ? new BitSet(span) : dropped;
            dropped = bits;
            bits.set((int) (Math.max(from, offset) - offset), (int) (Math.min(to, end()) - offset));
            return bits.cardinality() == span;
        }
    }

    /// Slots in order of offset: a window of an array, with holes where records were dropped.
    private static final class Stream {
        private static final int SMALLEST = 8;

        private @Nullable Slot[] slots = new @Nullable Slot[SMALLEST];
        private long[] ends = new long[SMALLEST];
        private int from;
        private int to;
        private int live;

        synchronized void put(Slot slot) {
            if (to == slots.length) {
                compact();
            }
            slots[to] = slot;
            ends[to++] = slot.end();
            live++;
        }

        /// Moves what is live into arrays of the right size.
        private void compact() {
            int capacity = Math.max(SMALLEST, live * 2);
            @Nullable Slot[] newSlots = new @Nullable Slot[capacity];
            long[] newEnds = new long[capacity];
            int count = 0;
            for (int i = from; i < to; i++) {
                if (slots[i] != null) {
                    newSlots[count] = slots[i];
                    newEnds[count++] = ends[i];
                }
            }
            slots = newSlots;
            ends = newEnds;
            from = 0;
            to = count;
        }

        synchronized void trim(long floor) {
            while (from < to && ends[from] <= floor) {
                release(from);
                from++;
            }
            shrink();
        }

        synchronized void drop(long offset, long end) {
            for (int i = first(offset); i < to; i++) {
                Slot slot = slots[i];
                if (slot != null) {
                    if (slot.offset >= end) {
                        break;
                    }
                    if (slot.drop(offset, end)) {
                        release(i);
                    }
                }
            }
            while (from < to && slots[from] == null) {
                from++;
            }
            shrink();
        }

        private void release(int place) {
            if (slots[place] != null) {
                slots[place] = null;
                live--;
            }
        }

        private void shrink() {
            if (slots.length > SMALLEST && live < slots.length / 8) {
                compact();
            }
        }

        /// The first place whose record ends after `offset`.
        private int first(long offset) {
            int low = from;
            int high = to;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (ends[middle] <= offset) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        synchronized long bytes() {
            long bytes = 0;
            for (int i = from; i < to; i++) {
                Slot slot = slots[i];
                bytes += slot == null ? 0 : slot.kept.payload.length;
            }
            return bytes;
        }

        synchronized Read read(long offset, int maxBytes) {
            List<StoredRecord> records = new ArrayList<>();
            long next = offset;
            long left = maxBytes;
            for (int i = first(offset); i < to; i++) {
                Slot slot = slots[i];
                if (slot != null) {
                    left -= slot.kept.payload.length;
                    if (left < 0 && !records.isEmpty()) {
                        break;
                    }
                    records.add(record(slot));
                    next = slot.end();
                }
            }
            return new Read(records, next, null);
        }

        private static StoredRecord record(Slot slot) {
            Kept kept = slot.kept;
            return new StoredRecord(
                    slot.offset,
                    slot.span,
                    kept.type,
                    kept.timeMs,
                    ByteBuffer.wrap(kept.head).asReadOnlyBuffer(),
                    ByteBuffer.wrap(kept.payload.clone()));
        }
    }
}
