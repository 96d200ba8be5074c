package io.polylog.broker.shard;

import io.polylog.broker.command.StageKeysCommand.RecordKey;
import io.polylog.broker.machine.Cell;
import io.polylog.broker.machine.Cells;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Key bytes to newest offset, in order of the keys, and which records are owed because of it. On
/// the shard's thread.
///
/// A record (of one or more offsets) goes when none of its offsets is the newest of its key. A
/// tombstone is owed as long as a kept record before it mentions its key: a reader who meets the
/// old value must meet its end too. With the last of those the tombstone and the key go.
final class KeyTable {
    private final long stream;
    private final NavigableMap<byte[], KeyEntry> byKey = new TreeMap<>(Arrays::compareUnsigned);
    private final Map<Long, KeyEntry> byNumber = new HashMap<>();
    private final NavigableMap<Long, KeyedRecord> records = new TreeMap<>();
    private long nextNumber;

    KeyTable(long stream) {
        this.stream = stream;
    }

    /// Hears of records that are not owed any more.
    @FunctionalInterface
    interface Dropped {
        void drop(long offset, int span);
    }

    /// A record is appended.
    ///
    /// @param keys per offset; offsets beyond them have none
    void append(long offset, int span, List<RecordKey> keys, Cells cells, Dropped dropped) {
        KeyedRecord record = cells.born(new KeyedRecord(stream, offset, span));
        records.put(offset, record);
        record.live = span - keys.size();
        Deque<KeyedRecord> dead = new ArrayDeque<>();
        Map<Long, KeyEntry> mentioned = new LinkedHashMap<>();
        for (int i = 0; i < keys.size(); i++) {
            byte[] bytes = keys.get(i).bytes();
            record.live++;
            if (bytes != null) {
                KeyEntry entry = entry(bytes, cells);
                cells.touch(entry);
                supersede(entry, record, cells, dead);
                entry.newest = offset + i;
                entry.tombstone = keys.get(i).tombstone();
                mentioned.put(entry.number, entry);
            }
        }
        record.keys = mentioned.keySet().stream().mapToLong(Long::longValue).toArray();
        for (KeyEntry entry : mentioned.values()) {
            entry.mentions++;
            endIfAlone(entry, cells, dead);
        }
        bury(dead, cells, dropped);
    }

    private KeyEntry entry(byte[] key, Cells cells) {
        KeyEntry there = byKey.get(key);
        if (there == null) {
            there = cells.born(new KeyEntry(stream, nextNumber++, key));
            there.newest = -1;
            byKey.put(key, there);
            byNumber.put(there.number, there);
        }
        return there;
    }

    /// The newest offset of a key is not that any more.
    private void supersede(KeyEntry entry, KeyedRecord by, Cells cells, Deque<KeyedRecord> dead) {
        if (entry.newest >= 0) {
            KeyedRecord old = holding(entry.newest);
            cells.touch(old);
            old.live--;
            if (old != by && old.live == 0) {
                dead.add(old);
            }
        }
    }

    private KeyedRecord holding(long offset) {
        return records.floorEntry(offset).getValue();
    }

    /// A tombstone that no older record needs is not owed, and its key is forgotten.
    private void endIfAlone(KeyEntry entry, Cells cells, Deque<KeyedRecord> dead) {
        if (entry.tombstone && entry.mentions == 1) {
            KeyedRecord holder = holding(entry.newest);
            cells.touch(holder);
            holder.live--;
            if (holder.live == 0) {
                dead.add(holder);
            }
            byKey.remove(entry.key);
            byNumber.remove(entry.number);
        }
    }

    private void bury(Deque<KeyedRecord> dead, Cells cells, Dropped dropped) {
        for (KeyedRecord next = dead.poll(); next != null; next = dead.poll()) {
            cells.touch(next);
            records.remove(next.offset);
            dropped.drop(next.offset, next.span);
            for (long number : next.keys) {
                KeyEntry entry = byNumber.get(number);
                if (entry != null) {
                    cells.touch(entry);
                    entry.mentions--;
                    endIfAlone(entry, cells, dead);
                }
            }
        }
    }

    /// The oldest offset that is kept, or `end` when there is none.
    long start(long end) {
        return records.isEmpty() ? end : records.firstKey();
    }

    /// The newest offset of a key, or -1.
    long newest(byte[] key) {
        KeyEntry entry = byKey.get(key);
        return entry == null ? -1 : entry.newest;
    }

    /// First offsets of kept records from the one that holds `from` on.
    List<Long> kept(long from, int limit) {
        Long first = records.floorKey(from);
        return records.tailMap(first == null ? from : first, true).keySet().stream()
                .limit(limit)
                .toList();
    }

    // Checkpoints ------------------------------------------------------------------------------

    void cells(List<Cell> into) {
        into.addAll(byKey.values());
        into.addAll(records.values());
    }

    void restore(KeyEntry entry) {
        byKey.put(entry.key, entry);
        byNumber.put(entry.number, entry);
        nextNumber = Math.max(nextNumber, entry.number + 1);
    }

    void restore(KeyedRecord record) {
        records.put(record.offset, record);
    }

    /// All is back: forgets numbers of keys that are no more, which will be given again, and tells
    /// what lies between the kept records.
    void restored(long start, long end, Dropped dropped) {
        long position = start;
        for (KeyedRecord record : records.values()) {
            record.keys = Arrays.stream(record.keys).filter(byNumber::containsKey).toArray();
            gap(position, record.offset, dropped);
            position = record.offset + record.span;
        }
        gap(position, end, dropped);
    }

    private static void gap(long from, long to, Dropped dropped) {
        for (long at = from; at < to; ) {
            int span = (int) Math.min(to - at, Integer.MAX_VALUE);
            dropped.drop(at, span);
            at += span;
        }
    }

    /// A line for each key, in order; for comparing states.
    void dump(StringBuilder out) {
        for (KeyEntry entry : byKey.values()) {
            out.append("  key ").append(Arrays.toString(entry.key));
            out.append(" newest ").append(entry.newest).append(" mentions ").append(entry.mentions);
            out.append(entry.tombstone ? " tombstone\n" : "\n");
        }
        for (KeyedRecord record : records.values()) {
            out.append("  record ").append(record.offset).append('+').append(record.span);
            out.append(" live ").append(record.live).append('\n');
        }
    }
}
