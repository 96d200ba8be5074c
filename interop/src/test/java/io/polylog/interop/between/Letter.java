package io.polylog.interop.between;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/// A message as clients of every protocol can say it. What is not set is empty.
///
/// @param fields by the names that Kafka's headers have, as text
/// @param headers of the user
record Letter(byte[] body, Map<String, String> fields, Map<String, String> headers) {
    static final String CONTENT_TYPE = "content-type";
    static final String CONTENT_ENCODING = "content-encoding";
    static final String CORRELATION_ID = "correlation-id";
    static final String MESSAGE_ID = "message-id";
    static final String REPLY_TO = "reply-to";
    static final String TYPE = "type";
    static final String APP_ID = "app-id";
    static final String PRIORITY = "priority";
    static final String EXPIRATION = "expiration";
    static final String TIMESTAMP = "timestamp";
    static final String KEY = "key";

    /// What is compared: messages say the same.
    record Said(String body, Map<String, String> fields, Map<String, String> headers) {}

    static Letter plain(byte[] body) {
        return new Letter(body, Map.of(), Map.of());
    }

    /// With everything set.
    static Letter full() {
        Map<String, String> fields = new TreeMap<>();
        fields.put(CONTENT_TYPE, "application/json");
        fields.put(CONTENT_ENCODING, "identity");
        fields.put(CORRELATION_ID, "c-17");
        fields.put(MESSAGE_ID, "m-17");
        fields.put(REPLY_TO, "replies");
        fields.put(TYPE, "OrderPlaced");
        fields.put(APP_ID, "checkout");
        fields.put(PRIORITY, "7");
        fields.put(EXPIRATION, "600000");
        fields.put(TIMESTAMP, "1700000000123");
        fields.put(KEY, "order-17");
        Map<String, String> headers =
                Map.of(
                        "shop",
                        "eu",
                        "größe",
                        "a b:c\\d",
                        "traceparent",
                        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        return new Letter("{\"total\": 9.5}".getBytes(UTF_8), fields, headers);
    }

    String field(String name) {
        return fields.get(name);
    }

    /// As it is compared: large bodies by their length and hash.
    Said said() {
        String shown =
                body.length > 100
                        ? body.length + " bytes, " + Arrays.hashCode(body)
                        : Arrays.toString(body);
        return new Said(shown, new TreeMap<>(fields), new TreeMap<>(headers));
    }
}
