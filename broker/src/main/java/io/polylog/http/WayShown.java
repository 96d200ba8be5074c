package io.polylog.http;

import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.Trail.Replay;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The way of a message as JSON has it: where and why it died, and how often it was sent on.
/// Stateless; any thread.
public final class WayShown {
    private WayShown() {}

    /// The members `deaths` and `replay`, where there are any.
    public static Map<String, Object> of(@Nullable Trail trail) {
        Map<String, Object> shown = new LinkedHashMap<>();
        if (trail != null && !trail.deaths().isEmpty()) {
            shown.put("deaths", trail.deaths().stream().map(WayShown::death).toList());
        }
        if (trail != null && trail.replay() != null) {
            shown.put("replay", replay(trail.replay()));
        }
        return shown;
    }

    private static Map<String, @Nullable Object> death(Death death) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("queue", death.place().queue());
        shown.put("reason", death.place().cause().name().toLowerCase(Locale.ROOT));
        shown.put("exchange", death.place().exchange());
        shown.put("keys", death.keys());
        shown.put("count", death.count());
        shown.put("first", time(death.firstMs()));
        if (!death.error().isEmpty()) {
            shown.put("lastError", death.error());
        }
        return shown;
    }

    private static Map<String, Object> replay(Replay replay) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("count", replay.count());
        shown.put("last", time(replay.lastMs()));
        shown.put("by", replay.by());
        return shown;
    }

    private static String time(long timeMs) {
        return Instant.ofEpochMilli(timeMs).toString();
    }
}
