package io.polylog.broker;

import java.nio.ByteBuffer;
import java.util.List;

/// One partition of an internal topic with a single writer that predicts its offsets: the seam for
/// an embedded coordinator. Older records of a key are dropped
/// ([TopicSpec.Retention#newestPerKey]). Called on one thread; the listener is called on the
/// shard's thread and must only hand on.
public interface InternalStream {
    /// The epoch its writer works in; another epoch's append is refused.
    long epoch();

    /// One past the newest durable offset.
    long endOffset();

    /// Proposes to append `span` records. Refused (CLOSED) when the end is not `expectedEnd` or the
    /// epoch is not the current one: then the writer must load anew.
    ///
    /// @param keys per record its key, or null for none
    /// @param tombstones whether the record of the same place deletes its key
    void append(
            long epoch,
            long expectedEnd,
            int span,
            ByteBuffer bytes,
            List<byte[]> keys,
            List<Boolean> tombstones,
            AppendListener listener);

    /// Reads what is kept, oldest first. Blocks.
    Reader.ReadResult read(long offset, int maxBytes);
}
