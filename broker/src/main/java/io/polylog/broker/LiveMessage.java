package io.polylog.broker;

import io.polylog.broker.Publication.Content;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;

/// One message on its way to those who listen on one loop. On that loop.
public final class LiveMessage {
    private final String subject;
    private final Content content;
    private final long timeMs;
    private final Map<Class<?>, Object> shapes = new HashMap<>(2);

    /// @param subject what it was published on
    /// @param content not changed any more
    /// @param timeMs when it was, in milliseconds since 1970
    public LiveMessage(String subject, Content content, long timeMs) {
        this.subject = subject;
        this.content = content;
        this.timeMs = timeMs;
    }

    /// What it was published on: the first of its keys, where it has several.
    public String subject() {
        return subject;
    }

    public Content content() {
        return content;
    }

    /// When it was published, in milliseconds since 1970.
    public long timeMs() {
        return timeMs;
    }

    /// What a protocol makes of it: made once, for all who listen here.
    public <T> T shaped(Class<T> as, Function<LiveMessage, T> make) {
        Object there = shapes.get(as);
        if (there == null) {
            there = make.apply(this);
            shapes.put(as, there);
        }
        return as.cast(there);
    }
}
