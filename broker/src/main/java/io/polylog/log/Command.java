package io.polylog.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One command as proposed: what apply needs (`head`) apart from the bytes it never looks at
/// (`payload`). Both are read by the log's thread until the batch is answered and must not change.
///
/// @param type the machine's own command type, 1 to 65535; its version is part of the head
/// @param span how many offsets its payload takes in each stream it is put to: 0 for a command
///   without a stored payload, 1 for a message, n for a batch of n records
/// @param head the encoded command, at most 64 KiB
/// @param payload the bytes to store, at most [#LARGEST_PAYLOAD_BYTES], or null when span is 0
public record Command(int type, int span, ByteBuffer head, @Nullable ByteBuffer payload) {
    /// A body of 16 MiB, and room for what goes with it in its sender's encoding.
    public static final int LARGEST_PAYLOAD_BYTES = (16 << 20) + (256 << 10);

    public Command {
        if ((payload == null) != (span == 0)) {
            throw new IllegalArgumentException("a payload takes offsets, and only a payload does");
        }
    }

    /// A command that stores nothing.
    public static Command of(int type, ByteBuffer head) {
        return new Command(type, 0, head, null);
    }
}
