package io.polylog.log.sim;

import io.polylog.log.Batch;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A batch on the modelled medium, with copies of all its bytes.
///
/// @param index its place in the shard's log
/// @param epoch it was proposed in
/// @param timeMs the batch time
/// @param commands in order
record LoggedBatch(long index, long epoch, long timeMs, List<LoggedCommand> commands) {

    /// A command as it was logged.
    record LoggedCommand(int type, int span, byte[] head, byte @Nullable [] payload) {}

    static List<LoggedCommand> copy(Batch batch) {
        return batch.commands().stream()
                .map(command ->
                        new LoggedCommand(
                                command.type(),
                                command.span(),
                                bytes(command.head()),
                                command.payload() == null ? null : bytes(command.payload())))
                .toList();
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }
}
