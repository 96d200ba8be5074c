package io.polylog.http.cloudevents;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.http.JsonLimits;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JSON event format, which the structured mode of HTTP sends as the whole body. Stateless; any
/// thread.
public final class JsonFormat {
    /// The type of a body that is an event.
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /// The type of a body that is an array of events.
    public static final String BATCH_MEDIA_TYPE = "application/cloudevents-batch+json";

    private static final String JSON = "application/json";
    private static final String DATA = "data";
    private static final String BASE64 = "data_base64";
    private static final JsonMapper MAPPER =
            JsonMapper.builder(JsonLimits.factory())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private JsonFormat() {}

    /// Whether a content type says that the body is an event.
    public static boolean isEvent(@Nullable String contentType) {
        return contentType != null && essence(contentType).equals(MEDIA_TYPE);
    }

    /// An event as JSON. Data of a JSON type, or of none, that is JSON stands as it is; data of a
    /// text type is text; all else is base64, byte for byte.
    public static byte[] write(CloudEvent event) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(512);
        try (JsonGenerator json = MAPPER.createGenerator(out)) {
            json.writeStartObject();
            event.attributes()
                    .forEach((name, value) -> {
                        switch (value) {
                            case Integer number -> json.writeNumberProperty(name, number);
                            case Boolean truth -> json.writeBooleanProperty(name, truth);
                            default -> json.writeStringProperty(name, value.toString());
                        }
                    });
            ByteBuffer data = event.data();
            if (data != null) {
                writeData(json, event.text(CloudEvent.DATACONTENTTYPE), bytes(data));
            }
            json.writeEndObject();
        }
        return out.toByteArray();
    }

    private static void writeData(JsonGenerator json, @Nullable String type, byte[] data) {
        String text = isJson(type) || isText(type) ? text(data) : null;
        if (text != null && isJson(type) && parses(data)) {
            json.writeName(DATA);
            json.writeRawValue(text);
        } else if (text != null && !isJson(type)) {
            json.writeStringProperty(DATA, text);
        } else {
            json.writeStringProperty(BASE64, Base64.getEncoder().encodeToString(data));
        }
    }

    private static boolean parses(byte[] data) {
        try {
            return !MAPPER.readTree(data).isMissingNode();
        } catch (JacksonException notJson) {
            return false;
        }
    }

    /// The event that JSON says.
    ///
    /// @throws IllegalArgumentException naming what makes no sense
    public static CloudEvent read(byte[] body) {
        return read(tree(body));
    }

    /// The events that a JSON array says (the JSON batch format).
    ///
    /// @throws IllegalArgumentException naming which of them makes no sense
    public static List<CloudEvent> readAll(byte[] body) {
        JsonNode root = tree(body);
        if (!root.isArray()) {
            throw new IllegalArgumentException("the events are no JSON array");
        }
        List<CloudEvent> events = new ArrayList<>(root.size());
        for (JsonNode each : root) {
            try {
                events.add(read(each));
            } catch (IllegalArgumentException bad) {
                throw new IllegalArgumentException(
                        "event " + events.size() + ": " + bad.getMessage(), bad);
            }
        }
        return events;
    }

    private static JsonNode tree(byte[] body) {
        try {
            return MAPPER.readTree(body);
        } catch (JacksonException bad) {
            throw new IllegalArgumentException("this is no JSON: " + bad.getOriginalMessage(), bad);
        }
    }

    private static CloudEvent read(JsonNode root) {
        if (!root.isObject()) {
            throw new IllegalArgumentException("the event is no JSON object");
        }
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> each : root.properties()) {
            String name = each.getKey();
            if (!name.equals(DATA) && !name.equals(BASE64) && !each.getValue().isNull()) {
                attributes.put(name, attribute(name, each.getValue()));
            }
        }
        Object type = attributes.get(CloudEvent.DATACONTENTTYPE);
        return new CloudEvent(attributes, data(root, type == null ? null : type.toString()));
    }

    private static Object attribute(String name, JsonNode value) {
        if (value.isString()) {
            return value.asString();
        }
        if (value.isBoolean()) {
            return value.asBoolean();
        }
        if (value.canConvertToInt() && value.isIntegralNumber()) {
            return value.asInt();
        }
        throw new IllegalArgumentException(name + " is no text, 32-bit number or boolean");
    }

    private static @Nullable ByteBuffer data(JsonNode root, @Nullable String type) {
        JsonNode data = root.path(DATA);
        JsonNode base64 = root.path(BASE64);
        if (!data.isMissingNode() && !base64.isMissingNode()) {
            throw new IllegalArgumentException("an event has data or data_base64, not both");
        }
        if (base64.isString()) {
            try {
                return ByteBuffer.wrap(Base64.getDecoder().decode(base64.asString()));
            } catch (IllegalArgumentException bad) {
                throw new IllegalArgumentException("data_base64 is no base64", bad);
            }
        }
        if (!base64.isMissingNode()) {
            throw new IllegalArgumentException("data_base64 is no text");
        }
        if (data.isMissingNode()) {
            return null;
        }
        return data.isString() && !isJson(type)
                ? ByteBuffer.wrap(data.asString().getBytes(UTF_8))
                : ByteBuffer.wrap(MAPPER.writeValueAsBytes(data));
    }

    /// Data without a type counts as JSON (section 3.1).
    private static boolean isJson(@Nullable String type) {
        if (type == null) {
            return true;
        }
        String essence = essence(type);
        return essence.equals(JSON) || essence.endsWith("+json");
    }

    private static boolean isText(@Nullable String type) {
        if (type == null) {
            return false;
        }
        String essence = essence(type);
        return essence.startsWith("text/")
                || essence.equals("application/xml")
                || essence.endsWith("+xml");
    }

    private static String essence(String type) {
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static @Nullable String text(byte[] bytes) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }
}
