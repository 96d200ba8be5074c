package io.polylog.protocol.http;

import io.polylog.message.Message;
import io.polylog.message.MessageCodec;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What HTTP's senders stored, for readers of all protocols, as `docs/translation.md` tabulates.
/// Stateless; any thread.
public final class HttpMapping implements MessageCodec {
    /// The tag of stored HTTP messages ([HttpContent]).
    public static final byte ENCODING = 56;

    @Override
    public byte encoding() {
        return ENCODING;
    }

    @Override
    public List<Message> open(ByteBuffer content) {
        return List.of(HttpContent.wrap(content).message());
    }

    @Override
    public String subject(ByteBuffer content) {
        return HttpContent.wrap(content).subject();
    }

    @Override
    public @Nullable String messageId(ByteBuffer content) {
        return HttpContent.wrap(content).messageId();
    }
}
