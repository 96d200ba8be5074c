package io.polylog.http.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.http.Percent;
import io.polylog.message.Header;
import io.polylog.message.HeaderText;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Messages as events and events as messages, as `docs/translation.md` tabulates. What was
/// published as an event, by whichever protocol, is that event again. Stateless; any thread.
public final class EventMapping {
    /// The type of messages that say none.
    static final String PLAIN_TYPE = "io.polylog.message";

    private static final String PARTITION_KEY = "partitionkey";
    private static final int MOST_NAME_CHARS = 20;

    /// How the bindings of HTTP and NATS, Kafka, and AMQP mark the attributes; with MQTT they stand
    /// as they are.
    private static final List<String> PREFIXES =
            List.of(HttpBinding.PREFIX, "ce_", "cloudevents:", "cloudevents_", "");

    private static final Set<String> CONTEXT =
            Set.of(
                    CloudEvent.SPECVERSION,
                    CloudEvent.ID,
                    CloudEvent.SOURCE,
                    CloudEvent.TYPE,
                    CloudEvent.TIME,
                    CloudEvent.SUBJECT,
                    CloudEvent.DATACONTENTTYPE,
                    "dataschema",
                    "data",
                    PARTITION_KEY);

    private EventMapping() {}

    /// What an event says where its message does not.
    ///
    /// @param id of the message, the same whenever it is asked
    /// @param source a reference to where it lies, as of [#source]
    /// @param subject it was published with if it only repeats the source, or ""
    /// @param timeMs the log's time for it, milliseconds since 1970
    public record Defaults(String id, String source, String subject, long timeMs) {}

    /// A reference to a topic or queue.
    public static String source(TopicName topic) {
        String source = "/topics/" + Percent.segment(topic.name());
        return topic.namespace().equals(TopicName.DEFAULT_NAMESPACE)
                ? source
                : "/namespaces/" + Percent.segment(topic.namespace()) + source;
    }

    // From the message ------------------------------------------------------------------------

    /// The event that a message is.
    public static CloudEvent event(Message message, Defaults otherwise) {
        CloudEvent own = own(message);
        return own == null ? made(message, otherwise) : own;
    }

    /// The event that a message was published as, or null.
    private static @Nullable CloudEvent own(Message message) {
        ByteBuffer body = message.body();
        String contentType = message.properties().contentType();
        try {
            if (JsonFormat.isEvent(contentType) && body != null) {
                byte[] bytes = new byte[body.remaining()];
                body.duplicate().get(bytes);
                return JsonFormat.read(bytes);
            }
            String prefix = prefix(message.headers());
            return prefix == null ? null : binary(message, prefix);
        } catch (IllegalArgumentException onlyLooksLikeOne) {
            return null;
        }
    }

    private static @Nullable String prefix(List<Header> headers) {
        for (String prefix : PREFIXES) {
            for (Header header : headers) {
                boolean marked =
                        header.name()
                                .toLowerCase(Locale.ROOT)
                                .equals(prefix + CloudEvent.SPECVERSION);
                if (marked && CloudEvent.VERSION.equals(HeaderText.of(header.value()))) {
                    return prefix;
                }
            }
        }
        return null;
    }

    private static CloudEvent binary(Message message, String prefix) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (Header header : message.headers()) {
            String name = header.name().toLowerCase(Locale.ROOT);
            String attribute = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
            if (CloudEvent.isName(attribute) && !attribute.equals("data")) {
                attributes.put(attribute, value(header.value()));
            }
        }
        put(attributes, CloudEvent.DATACONTENTTYPE, message.properties().contentType());
        return new CloudEvent(attributes, message.body());
    }

    private static CloudEvent made(Message message, Defaults otherwise) {
        Properties known = message.properties();
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put(CloudEvent.SPECVERSION, CloudEvent.VERSION);
        attributes.put(CloudEvent.ID, otherwise.id());
        attributes.put(CloudEvent.SOURCE, otherwise.source());
        String type = known.type();
        attributes.put(CloudEvent.TYPE, type == null || type.isEmpty() ? PLAIN_TYPE : type);
        long timeMs = known.timestampMs() > 0 ? known.timestampMs() : otherwise.timeMs();
        attributes.put(CloudEvent.TIME, Instant.ofEpochMilli(timeMs).toString());
        if (!message.subject().equals(otherwise.subject())) {
            put(attributes, CloudEvent.SUBJECT, message.subject());
        }
        put(attributes, CloudEvent.DATACONTENTTYPE, known.contentType());
        put(attributes, PARTITION_KEY, text(message.key()));
        for (Header header : message.headers()) {
            if (isExtension(header.name())) {
                attributes.putIfAbsent(header.name(), value(header.value()));
            }
        }
        return new CloudEvent(attributes, message.body());
    }

    /// Whether a header of a message that is no event becomes an attribute.
    public static boolean isExtension(String header) {
        return header.length() <= MOST_NAME_CHARS
                && CloudEvent.isName(header)
                && !CONTEXT.contains(header);
    }

    private static void put(Map<String, Object> attributes, String name, @Nullable String said) {
        if (said != null && !said.isEmpty()) {
            attributes.put(name, said);
        }
    }

    private static Object value(@Nullable Object header) {
        return switch (header) {
            case Boolean truth -> truth;
            case Integer number -> number;
            case Short number -> number.intValue();
            case Byte number -> number.intValue();
            case null, default -> HeaderText.of(header);
        };
    }

    private static @Nullable String text(byte @Nullable [] key) {
        try {
            return key == null ? null : UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    // To the message --------------------------------------------------------------------------

    /// The message that carries an event in binary mode: its attributes are headers `ce-NAME`, and
    /// what the neutral message has a place for stands there too.
    ///
    /// @param subject it is published with
    public static Message message(CloudEvent event, String subject) {
        List<Header> headers = new ArrayList<>();
        event.attributes()
                .forEach((name, value) -> {
                    if (!name.equals(CloudEvent.DATACONTENTTYPE)) {
                        headers.add(new Header(HttpBinding.PREFIX + name, value));
                    }
                });
        String key = event.text(PARTITION_KEY);
        Properties properties =
                new Properties(
                        event.text(CloudEvent.DATACONTENTTYPE),
                        null,
                        null,
                        null,
                        event.text(CloudEvent.ID),
                        event.text(CloudEvent.TYPE),
                        null,
                        null,
                        timeMs(event.text(CloudEvent.TIME)),
                        -1,
                        -1);
        return new Message(
                subject,
                key == null ? null : key.getBytes(UTF_8),
                properties,
                headers,
                event.data());
    }

    /// @throws IllegalArgumentException where it is no time of RFC 3339
    private static long timeMs(@Nullable String time) {
        try {
            return time == null ? 0 : OffsetDateTime.parse(time).toInstant().toEpochMilli();
        } catch (DateTimeException bad) {
            throw new IllegalArgumentException("time is no time of RFC 3339: " + time, bad);
        }
    }
}
