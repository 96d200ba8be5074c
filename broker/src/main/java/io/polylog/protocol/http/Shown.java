package io.polylog.protocol.http;

import io.polylog.broker.Delivery;
import io.polylog.http.WayShown;
import io.polylog.message.Message;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Messages as readers get them. Stateless; any thread.
final class Shown {
    private Shown() {}

    /// A message and where it is.
    static Map<String, @Nullable Object> of(Delivery delivery, Message message) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("topic", delivery.topic().name());
        shown.put("partition", delivery.partition());
        shown.put("offset", delivery.offset());
        if (delivery.redelivered()) {
            shown.put("redelivered", true);
        }
        shown.put("storedAt", Instant.ofEpochMilli(delivery.timeMs()).toString());
        shown.putAll(WayShown.of(delivery.content().envelope().trail()));
        shown.putAll(Json.members(Said.of(message)));
        return shown;
    }
}
