package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The keys of the [AppendInternalCommand] that follows in the same batch: by themselves, because
/// apply must see them and they may be more than one head holds.
///
/// @param keys per record, in order, continuing those of the command before
public record StageKeysCommand(List<RecordKey> keys) {
    public static final int TYPE = 10;
    private static final int VERSION = 1;

    /// Bytes of keys in one head.
    public static final int MAX_BYTES = 48 * 1024;

    public StageKeysCommand {
        keys = List.copyOf(keys);
    }

    /// A record's key.
    ///
    /// @param bytes the key, or null for a record that has none and is kept
    /// @param tombstone whether the record deletes its key
    public record RecordKey(byte @Nullable [] bytes, boolean tombstone) {}

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(keys.size());
        for (RecordKey key : keys) {
            byte[] bytes = key.bytes;
            out.octet((bytes == null ? 0 : 1) | (key.tombstone ? 2 : 0));
            if (bytes != null) {
                out.blob(bytes);
            }
        }
    }

    public static StageKeysCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "stage keys");
        HeadReader in = new HeadReader(head);
        int count = in.integer();
        List<RecordKey> keys = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int flags = in.octet();
            keys.add(new RecordKey((flags & 1) == 0 ? null : in.blob(), (flags & 2) != 0));
        }
        return new StageKeysCommand(keys);
    }
}
