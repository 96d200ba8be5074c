package io.polylog.broker.filter;

import dev.cel.common.types.SimpleType;
import dev.cel.common.values.NullValue;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.message.Header;
import io.polylog.message.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What is made of a message before it is delivered: headers set and removed, another key, members
/// of its JSON body masked. Immutable; any thread.
public final class Transformation {
    private static final int MOST_CHARS = 16 << 10;
    private static final int MOST_ACTIONS = 50;
    private static final Set<String> MEMBERS = Set.of("set", "remove", "key", "mask", "on-error");
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private final Map<String, CelExpression> set = new LinkedHashMap<>();
    private final Set<String> removed;
    private final @Nullable CelExpression key;
    private final List<Mask> masks;
    private final Verdict onError;

    private Transformation(JsonNode said) {
        said.path("set")
                .properties()
                .forEach(each ->
                        set.put(
                                each.getKey(),
                                compiled("set." + each.getKey(), text("set", each.getValue()))));
        removed = Set.copyOf(texts(said, "remove"));
        key = said.has("key") ? compiled("key", text("key", said.path("key"))) : null;
        masks = texts(said, "mask").stream().map(Mask::of).toList();
        onError = said.has("on-error") ? onError(said.path("on-error")) : Verdict.DEAD_LETTER;
        if (set.size() + removed.size() + masks.size() > MOST_ACTIONS) {
            throw refused("it does more than %d things".formatted(MOST_ACTIONS));
        }
    }

    /// Checks and compiles a transformation: an object of JSON with `set` (headers by name, each an
    /// expression in CEL), `remove` (names of headers), `key` (an expression), `mask` (JSON
    /// pointers, `*` for all members) and `on-error`.
    ///
    /// @throws BrokerException INVALID where it makes no sense, saying where
    public static Transformation of(String text) {
        if (text.length() > MOST_CHARS) {
            throw refused("it is longer than %d characters".formatted(MOST_CHARS));
        }
        JsonNode said;
        try {
            said = MAPPER.readTree(text);
        } catch (JacksonException wrong) {
            throw refused(
                    "line %d, column %d: %s"
                            .formatted(
                                    wrong.getLocation().getLineNr(),
                                    wrong.getLocation().getColumnNr(),
                                    wrong.getOriginalMessage()));
        }
        if (!said.isObject()) {
            throw refused("an object with " + MEMBERS.stream().sorted().toList() + " is needed");
        }
        for (String name : said.propertyNames()) {
            if (!MEMBERS.contains(name)) {
                throw refused(
                        "'%s' is none of %s".formatted(name, MEMBERS.stream().sorted().toList()));
            }
        }
        return new Transformation(said);
    }

    private static CelExpression compiled(String place, String expression) {
        return CelText.compile("transform, " + place, expression, 0, SimpleType.DYN);
    }

    private static String text(String place, JsonNode value) {
        if (!value.isString()) {
            throw refused("'" + place + "' needs a text");
        }
        return value.stringValue();
    }

    private static List<String> texts(JsonNode said, String name) {
        JsonNode list = said.path(name);
        if (!list.isMissingNode() && !list.isArray()) {
            throw refused("'" + name + "' needs a list of texts");
        }
        List<String> all = new ArrayList<>();
        list.forEach(each -> all.add(text(name, each)));
        return all;
    }

    private static Verdict onError(JsonNode said) {
        Verdict chosen = Verdict.named(text("on-error", said));
        if (chosen == null) {
            throw refused("'on-error' is skip, deliver or dead-letter");
        }
        return chosen;
    }

    static BrokerException refused(String why) {
        return new BrokerException(Kind.INVALID, "transform, " + why);
    }

    /// What became of a message.
    ///
    /// @param judgement what is to be done with it
    /// @param message what was made of it; null where that failed
    public record Made(Judgement judgement, @Nullable Message message) {}

    /// Makes of a message what is to be delivered.
    public Made of(Message message) {
        try {
            CelFields fields = new CelFields(new OpenMessage(message));
            byte @Nullable [] newKey = key == null ? message.key() : bytes(key.of(fields));
            List<Header> headers = headers(message.headers(), fields);
            ByteBuffer body = masks.isEmpty() ? message.body() : Mask.all(masks, message.body());
            return new Made(
                    Judgement.WANTED,
                    new Message(message.subject(), newKey, message.properties(), headers, body));
        } catch (CelExpression.FailedException | IllegalArgumentException failed) {
            return new Made(Judgement.failed(onError, "transform: " + failed.getMessage()), null);
        }
    }

    private List<Header> headers(List<Header> before, CelFields fields)
            throws CelExpression.FailedException {
        List<Header> headers = new ArrayList<>(before.size() + set.size());
        for (Header each : before) {
            if (!removed.contains(each.name()) && !set.containsKey(each.name())) {
                headers.add(each);
            }
        }
        for (Map.Entry<String, CelExpression> each : set.entrySet()) {
            Object value = each.getValue().of(fields);
            if (!(value instanceof NullValue)) {
                headers.add(new Header(each.getKey(), header(value)));
            }
        }
        return headers;
    }

    private static Object header(Object value) {
        return switch (value) {
            case String text -> text;
            case Boolean truth -> truth;
            case Long number -> number;
            case Double number -> number;
            default ->
                    throw new IllegalArgumentException(
                            "a header is a text, a number or true or false");
        };
    }

    private static byte @Nullable [] bytes(Object value) {
        return switch (value) {
            case NullValue _ -> null;
            case String text -> text.getBytes(StandardCharsets.UTF_8);
            case Long number -> number.toString().getBytes(StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException("a key is a text or a whole number");
        };
    }
}
