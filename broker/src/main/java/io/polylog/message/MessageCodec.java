package io.polylog.message;

import java.nio.ByteBuffer;
import java.util.List;

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
}
