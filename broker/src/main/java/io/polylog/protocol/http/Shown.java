package io.polylog.protocol.http;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.Delivery;
import io.polylog.broker.LiveMessage;
import io.polylog.http.WayShown;
import io.polylog.http.cloudevents.CloudEvent;
import io.polylog.http.cloudevents.EventMapping;
import io.polylog.http.cloudevents.JsonFormat;
import io.polylog.message.Message;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Messages as readers get them. Stateless; any thread.
final class Shown {
    private Shown() {}

    /// A message that is somebody's for a time.
    ///
    /// @param lease by which it is settled, or null
    static Map<String, @Nullable Object> leased(
            Delivery delivery, Message message, @Nullable String lease) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        if (lease != null) {
            shown.put("lease", lease);
            shown.put("attempt", delivery.attempt() + 1);
        }
        shown.putAll(of(delivery, message));
        return shown;
    }

    /// A message as all get it who listen.
    ///
    /// @param members of a JSON object, and its end: all but the brace before them
    record Live(byte[] members) {
        /// @param opener opens what other protocols published
        static Live of(LiveMessage heard, DeliveredMessages opener) {
            Map<String, @Nullable Object> shown = new LinkedHashMap<>();
            shown.put("publishedAt", Instant.ofEpochMilli(heard.timeMs()).toString());
            shown.putAll(Json.members(Said.of(opener.open(heard.content()).get(0))));
            shown.put("subject", heard.subject());
            byte[] json = Json.bytes(shown);
            return new Live(Arrays.copyOfRange(json, 1, json.length));
        }
    }

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

    /// A message as an event of CloudEvents in JSON.
    ///
    /// @param lease its extension `polyloglease`, or null
    static byte[] event(Delivery delivery, Message message, @Nullable String lease) {
        String topic = delivery.topic().name();
        String id = topic + "-" + delivery.partition() + "-" + delivery.offset();
        var otherwise =
                new EventMapping.Defaults(
                        id, EventMapping.source(delivery.topic()), topic, delivery.timeMs());
        CloudEvent event = EventMapping.event(message, otherwise);
        if (lease != null) {
            Map<String, Object> attributes = new LinkedHashMap<>(event.attributes());
            attributes.put("polyloglease", lease);
            attributes.put("polylogattempt", delivery.attempt() + 1);
            event = new CloudEvent(attributes, event.data());
        }
        return JsonFormat.write(event);
    }

    /// An array of JSON that is written already.
    static byte[] array(List<byte[]> elements) {
        var out = new ByteArrayOutputStream();
        out.write('[');
        for (byte[] element : elements) {
            if (out.size() > 1) {
                out.write(',');
            }
            out.writeBytes(element);
        }
        out.write(']');
        return out.toByteArray();
    }
}
