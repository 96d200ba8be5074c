package io.polylog.protocol.nats.jetstream.api;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Which members an object of a request may have. Names match in any case, and `null` is as if it
/// were left out, as in Go. Immutable; any thread.
public final class Shape {
    private final String struct;
    private final Map<String, Kind> members;
    private final Map<String, Shape> inside;

    /// What a member is.
    enum Kind {
        TEXT("string", JsonNode::isString),
        FLAG("bool", JsonNode::isBoolean),
        NUMBER("int64", JsonNode::isIntegralNumber),
        COUNT("uint64", node -> node.isIntegralNumber() && node.longValue() >= 0),
        LIST("[]string", JsonNode::isArray),
        OBJECT("struct", JsonNode::isObject);

        private final String goType;

        @SuppressWarnings("ImmutableEnumChecker") // all of them are method references
        private final Predicate<JsonNode> fits;

        Kind(String goType, Predicate<JsonNode> fits) {
            this.goType = goType;
            this.fits = fits;
        }
    }

    private Shape(String struct, Map<String, Kind> members, Map<String, Shape> inside) {
        this.struct = struct;
        this.members = members;
        this.inside = inside;
    }

    /// The same whose members are of these shapes, or lists of such.
    public Shape with(Map<String, Shape> shapes) {
        return new Shape(struct, members, Map.copyOf(shapes));
    }

    public Set<String> names() {
        return members.keySet();
    }

    /// The members of an object.
    ///
    /// @param struct as Go calls it, in errors
    /// @param members each as `name kind`
    public static Shape of(String struct, String... members) {
        return new Shape(
                struct,
                Arrays.stream(members)
                        .map(member -> member.split(" ", 2))
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        member -> member[0],
                                        member ->
                                                Kind.valueOf(member[1].toUpperCase(Locale.ROOT)))),
                Map.of());
    }

    /// The members that came, by their own names, without those that say nothing.
    ///
    /// @throws ApiException where one is unknown or is of another kind
    public ObjectNode read(ObjectNode came) {
        ObjectNode known = Json.object();
        for (Map.Entry<String, JsonNode> member : came.properties()) {
            String name = member.getKey();
            Kind kind = members.get(name);
            if (kind == null) {
                name = name.toLowerCase(Locale.ROOT);
                kind = members.get(name);
            }
            if (kind == null) {
                throw ApiError.INVALID_JSON.of("json: unknown field \"" + member.getKey() + "\"");
            }
            JsonNode value = member.getValue();
            if (value.isNull()) {
                continue;
            }
            if (!kind.fits.test(value)) {
                throw ApiError.INVALID_JSON.of(unfit(name, kind, value));
            }
            Shape shape = inside.get(name);
            known.set(name, shape == null ? plain(kind, value) : shape.within(value));
        }
        return known;
    }

    /// An object, or a list of objects.
    private JsonNode within(JsonNode value) {
        if (value instanceof ObjectNode object) {
            return read(object);
        }
        ArrayNode all = Json.object().arrayNode();
        for (JsonNode each : value) {
            all.add(each instanceof ObjectNode object ? read(object) : each);
        }
        return all;
    }

    /// Numbers of one kind, so that equal ones are equal.
    private static JsonNode plain(Kind kind, JsonNode value) {
        boolean number = kind == Kind.NUMBER || kind == Kind.COUNT;
        return number ? Json.node(value.longValue()) : value;
    }

    private String unfit(String name, Kind kind, JsonNode value) {
        String came =
                value.getNodeType().name().toLowerCase(Locale.ROOT).replace("boolean", "bool");
        if (value.isNumber()) {
            came += " " + value;
        }
        return "json: cannot unmarshal %s into Go struct field %s.%s of type %s"
                .formatted(came, struct, name, kind.goType);
    }
}
