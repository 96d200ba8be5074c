package io.polylog.broker.filter;

import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Header;
import io.polylog.message.Message;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message that is open, as filters and exchanges ask it.
public record OpenMessage(Message message) implements Metadata {
    @Override
    public Map<String, @Nullable Object> headers() {
        Map<String, @Nullable Object> headers = new HashMap<>();
        for (Header header : message.headers()) {
            headers.put(header.name(), header.value());
        }
        return headers;
    }

    @Override
    public Message.Properties properties() {
        return message.properties();
    }

    @Override
    public String subject() {
        return message.subject();
    }

    @Override
    public byte @Nullable [] key() {
        return message.key();
    }

    @Override
    public @Nullable ByteBuffer body() {
        return message.body();
    }
}
