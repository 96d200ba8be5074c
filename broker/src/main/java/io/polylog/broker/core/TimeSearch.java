package io.polylog.broker.core;

import io.polylog.broker.Reader.OffsetAtTime;
import io.polylog.broker.shard.Holdings.Range;
import io.polylog.log.RecordStore;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import org.jspecify.annotations.Nullable;

/// Looks for the first record of its own time or later, within offsets of which the last is known
/// to be one: by halving, as if times only grew, and then once more in what lies right before,
/// where senders that write side by side are out of order. Any thread.
final class TimeSearch {
    private static final int BACK_OFFSETS = 1024;
    private static final int PIECE_BYTES = 256 * 1024;

    private final RecordStore store;
    private final long stream;
    private final long timeMs;

    TimeSearch(RecordStore store, long stream, long timeMs) {
        this.store = store;
        this.stream = stream;
        this.timeMs = timeMs;
    }

    @Nullable OffsetAtTime in(Range range) {
        OffsetAtTime found = halve(range);
        if (found == null) {
            found = last(range);
        }
        return found == null ? null : before(range.first(), found);
    }

    private @Nullable OffsetAtTime halve(Range range) {
        long low = range.first();
        long high = range.end();
        OffsetAtTime found = null;
        while (low < high) {
            long middle = (low + high) >>> 1;
            Read read = store.read(stream, middle, 1);
            if (read.records().isEmpty() || read.records().getFirst().offset() >= high) {
                high = middle;
                continue;
            }
            StoredRecord stored = read.records().getFirst();
            OffsetAtTime at = at(stored);
            if (at.timeMs() >= timeMs) {
                found = at;
                high = Math.min(middle, stored.offset());
            } else {
                low = stored.offset() + stored.span();
            }
        }
        return found;
    }

    /// Halving missed it: times go back and forth.
    private @Nullable OffsetAtTime last(Range range) {
        Read read = store.read(stream, range.end() - 1, 1);
        for (StoredRecord stored : read.records()) {
            OffsetAtTime at = at(stored);
            if (at.timeMs() >= timeMs) {
                return at;
            }
        }
        return null;
    }

    private OffsetAtTime before(long first, OffsetAtTime found) {
        long position = Math.max(first, found.offset() - BACK_OFFSETS);
        while (position < found.offset()) {
            Read read = store.read(stream, position, PIECE_BYTES);
            for (StoredRecord stored : read.records()) {
                OffsetAtTime at = at(stored);
                if (at.offset() < found.offset() && at.timeMs() >= timeMs) {
                    return at;
                }
            }
            if (read.nextOffset() <= position) {
                break;
            }
            position = read.nextOffset();
        }
        return found;
    }

    /// Of a record just read: its head is read once.
    private static OffsetAtTime at(StoredRecord stored) {
        long own = StoredContent.content(stored).envelope().timestampMs();
        return new OffsetAtTime(stored.offset(), own > 0 ? own : stored.timeMs());
    }
}
