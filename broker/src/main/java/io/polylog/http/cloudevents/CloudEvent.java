package io.polylog.http.cloudevents;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An event of CloudEvents 1.0.
///
/// @param attributes by name, in order: the context attributes and the extensions. Values are
///   String, Boolean or Integer; times, URIs and bytes are in their canonical text (specification,
///   "Type System")
/// @param data the payload, or null where it has none
public record CloudEvent(Map<String, Object> attributes, @Nullable ByteBuffer data) {
    /// The one version.
    public static final String VERSION = "1.0";

    static final String SPECVERSION = "specversion";
    static final String ID = "id";
    static final String SOURCE = "source";
    static final String TYPE = "type";
    static final String TIME = "time";
    static final String SUBJECT = "subject";
    static final String DATACONTENTTYPE = "datacontenttype";

    private static final Set<String> REQUIRED = Set.of(SPECVERSION, ID, SOURCE, TYPE);
    private static final Pattern NAME = Pattern.compile("[a-z0-9]+");

    /// @throws IllegalArgumentException naming the attribute that is missing or makes no sense
    public CloudEvent {
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
        for (String name : REQUIRED) {
            if (!(attributes.get(name) instanceof String said) || said.isEmpty()) {
                throw new IllegalArgumentException("the event has no '" + name + "'");
            }
        }
        if (!VERSION.equals(attributes.get(SPECVERSION))) {
            throw new IllegalArgumentException(
                    "specversion must be 1.0, not " + attributes.get(SPECVERSION));
        }
        for (Map.Entry<String, Object> each : attributes.entrySet()) {
            check(each.getKey(), each.getValue());
        }
    }

    private static void check(String name, Object value) {
        if (!isName(name) || name.equals("data")) {
            throw new IllegalArgumentException("no name of an attribute: '" + name + "'");
        }
        boolean plain =
                value instanceof String || value instanceof Boolean || value instanceof Integer;
        if (!plain) {
            throw new IllegalArgumentException(name + " is no text, number or boolean");
        }
    }

    /// Whether an attribute may be called so.
    static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /// The text of an attribute, or null where there is none.
    public @Nullable String text(String name) {
        Object value = attributes.get(name);
        return value == null ? null : value.toString();
    }
}
