package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// Finds the records of a stream by offset. A stream is one sequence of offsets: a partition or a
/// queue. Writing methods are called on the shard's thread inside apply (or `restored`); reading is
/// safe from any thread and sees everything put before the last `committed`.
public interface RecordStore {
    /// Places `span` offsets from `offset` on at `locator`. Offsets of a stream only grow.
    void put(long stream, long offset, int span, ShardMachine.Locator locator);

    /// From now on records of the stream will be read one here and one there, or again one after
    /// the other: what is put is found with fewer steps, for more memory. Nothing else depends on
    /// it, and it is forgotten with the process. Known of a stream that has no record yet, too.
    default void expectScattered(long stream, boolean scattered) {}

    /// Nothing below `floor` is owed any more.
    void trim(long stream, long floor);

    /// `span` offsets from `offset` on are not owed any more, though older ones may be.
    void drop(long stream, long offset, int span);

    /// The stream is gone.
    void delete(long stream);

    /// Forgets all streams but those that the machine knows. Called in `restored`, always: what was
    /// deleted may be named by an index for as long as something else lies beside it.
    void retain(LongPredicate known);

    /// Reads records from the one that holds `offset` on: at least one if there is one (however
    /// large), then while the sum of payloads stays within `maxBytes`. Records are given whole: the
    /// first may begin before `offset` when its span covers it. Dropped records may be given or
    /// not. May block for a disk read when the records are not in memory.
    Read read(long stream, long offset, int maxBytes);

    /// Payload bytes of the stream that are still owed, about. On the shard's thread.
    long owedBytes(long stream);

    /// What a read found.
    ///
    /// @param records in order of offset
    /// @param nextOffset where to go on; beyond the last record given, or beyond a damaged range
    /// @param damage a range that cannot be read, directly after the given records, or null
    record Read(List<StoredRecord> records, long nextOffset, @Nullable Damage damage) {}

    /// One record. The buffers belong to the caller, and so do their bytes, but those of a record
    /// that more than one stream has: nobody may write to them.
    ///
    /// @param offset its first offset
    /// @param span how many offsets it takes
    /// @param type the command type it was logged with
    /// @param timeMs batch time of its command
    /// @param head the command's head
    /// @param payload the stored bytes
    record StoredRecord(
            long offset, int span, int type, long timeMs, ByteBuffer head, ByteBuffer payload) {}

    /// Bytes that failed their checksum: never served, never skipped silently.
    ///
    /// @param firstOffset first unreadable offset
    /// @param endOffset first offset after the range
    /// @param place file and byte range, for the operator
    record Damage(long firstOffset, long endOffset, String place) {}
}
