package io.polylog.log;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Records of many streams that one of them was read by lately: the others get the same bytes, so
/// that a message to a thousand queues is copied once. Nobody may write to them. Any thread.
final class SharedRecords {
    /// A record with a shorter head is of so few streams that it is not worth it.
    static final int LEAST_HEAD_BYTES = 128;

    private static final int MOST_BYTES = 8 * 1024;
    private static final int SLOTS = 512;

    private final AtomicReferenceArray<@Nullable Shared> slots = new AtomicReferenceArray<>(SLOTS);

    private record Shared(long position, byte[] bytes) {}

    /// Head and payload of the record at a position of the log, or null.
    byte @Nullable [] find(long position) {
        Shared shared = slots.get(slot(position));
        return shared == null || shared.position != position ? null : shared.bytes;
    }

    void keep(long position, byte[] bytes) {
        if (bytes.length <= MOST_BYTES) {
            slots.set(slot(position), new Shared(position, bytes));
        }
    }

    private static int slot(long position) {
        // Records begin at multiples of eight, and follow each other.
        long mixed = (position / RecordCodec.ALIGNMENT) * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 55);
    }
}
