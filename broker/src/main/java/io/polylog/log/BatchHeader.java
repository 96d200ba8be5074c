package io.polylog.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The head of the record that begins a batch: whose it is, how many commands follow, and its place
/// in the shard's log. Its time is the record's. Little endian: shard 4, commands 4, epoch 8, index
/// 8 bytes.
record BatchHeader(int shard, int commands, long epoch, long index) {
    static final int BYTES = 24;

    /// A buffer for [#encode].
    static ByteBuffer buffer() {
        return ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    static void encode(ByteBuffer head, int shard, int commands, long epoch, long index) {
        head.putInt(0, shard);
        head.putInt(4, commands);
        head.putLong(8, epoch);
        head.putLong(16, index);
    }

    /// Reads it at `at` of a little-endian buffer.
    static BatchHeader decode(ByteBuffer buffer, int at) {
        return new BatchHeader(
                buffer.getInt(at),
                buffer.getInt(at + 4),
                buffer.getLong(at + 8),
                buffer.getLong(at + 16));
    }
}
