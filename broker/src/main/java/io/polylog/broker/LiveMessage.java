package io.polylog.broker;

import io.polylog.broker.Publication.Content;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One message on its way to those who listen on one loop. On that loop.
public final class LiveMessage {
    private final String subject;
    private final Content content;
    private final long timeMs;
    private @Nullable Object shape;

    /// Where several protocols hear it, what the others make of it.
    private @Nullable Map<Class<?>, Object> more;

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
        if (shape == null) {
            shape = make.apply(this);
        }
        if (as.isInstance(shape)) {
            return as.cast(shape);
        }
        if (more == null) {
            more = new HashMap<>(2);
        }
        return as.cast(more.computeIfAbsent(as, _ -> make.apply(this)));
    }
}
