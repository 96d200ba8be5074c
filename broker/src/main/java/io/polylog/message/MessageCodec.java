package io.polylog.message;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Opens what one protocol stored. Each adapter gives one codec per encoding it writes; `server`
/// registers them, so that a reader of any protocol can open what any other wrote (2N mappings).
/// Implementations are stateless and safe for any thread.
public interface MessageCodec {
    /// The tag stored with each record of this encoding; unique in the process, fixed for ever.
    byte encoding();

    /// The messages in one stored record, in order: exactly as many as the record's span of
    /// offsets.
    ///
    /// @param content the record's payload as the adapter stored it; not changed
    /// @throws IllegalArgumentException if the bytes do not hold this encoding
    List<Message> open(ByteBuffer content);

    /// What the one message of a record was published with, as [Message#subject]; null where a
    /// record must be opened to tell.
    ///
    /// @param content as [#open] has it
    /// @throws IllegalArgumentException if the bytes do not hold this encoding
    default @Nullable String subject(ByteBuffer content) {
        return null;
    }

    /// The id that its sender gave the first message of a record, or null. Faster than to open it,
    /// where the encoding can.
    ///
    /// @param content as [#open] has it
    /// @throws IllegalArgumentException if the bytes do not hold this encoding
    default @Nullable String messageId(ByteBuffer content) {
        List<Message> messages = open(content);
        return messages.isEmpty() ? null : messages.getFirst().properties().messageId();
    }
}
