package io.polylog.log;

/// The batch that is being applied: what [LocalStore#put] must know of a locator beyond what the
/// machine hands back. Log's thread.
final class Applying {
    private final Places places;
    private int from;
    private int to;
    private int cursor;
    private long ordinalBase;
    private long timeMs;

    /// @param places of the payloads logged and not applied yet, oldest first
    Applying(Places places) {
        this.places = places;
    }

    /// The next batch has the next `count` places.
    void begin(int count, long batchTimeMs) {
        ordinalBase += to - from;
        from = to;
        to = from + count;
        cursor = from;
        timeMs = batchTimeMs;
    }

    /// The batches taken so far are over.
    void forget() {
        places.removeFirst(to);
        ordinalBase += to - from;
        from = 0;
        to = 0;
    }

    /// Counts payload records that belong to no batch that is ever applied.
    void skip(int count) {
        begin(count, timeMs);
        forget();
    }

    /// The locator of the batch's n-th payload.
    ShardMachine.Locator locator(int n) {
        return places.locator(from + n);
    }

    /// The number of a payload record of this batch, counted over the whole log.
    long ordinal(long position) {
        if (cursor < to && places.position(cursor) != position) {
            cursor++;
        }
        if (cursor >= to || places.position(cursor) != position) {
            cursor = places.find(position, from, to);
            if (cursor < 0) {
                cursor = from;
                throw new IllegalArgumentException("a locator is valid during its apply only");
            }
        }
        return ordinalBase + (cursor - from);
    }

    long timeMs() {
        return timeMs;
    }
}
