package io.polylog.protocol.http;

import io.polylog.broker.Delivery;
import io.polylog.http.WayShown;
import io.polylog.http.cloudevents.CloudEvent;
import io.polylog.http.cloudevents.EventMapping;
import io.polylog.http.cloudevents.HttpBinding;
import io.polylog.http.cloudevents.JsonFormat;
import io.polylog.message.Message;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
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

    /// A message as an event of CloudEvents in JSON.
    ///
    /// @param lease its extension `polyloglease`, or null
    static byte[] event(Delivery delivery, Message message, @Nullable String lease) {
        String topic = delivery.topic().name();
        String id = topic + "-" + delivery.partition() + "-" + delivery.offset();
        var otherwise =
                new EventMapping.Defaults(
                        id, "/topics/" + HttpBinding.encoded(topic), topic, delivery.timeMs());
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
