package io.polylog.protocol.http;

import com.fasterxml.jackson.annotation.JsonInclude.Include;
import io.polylog.http.JsonLimits;
import io.polylog.http.Refusal;
import io.polylog.http.Status;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.InvalidTypeIdException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/// JSON as it is said here: nothing is taken for what it is not, and an error names the place. Any
/// thread.
final class Json {
    private static final TypeReference<LinkedHashMap<String, @Nullable Object>> MEMBERS =
            new TypeReference<>() {};

    private static final JsonMapper MAPPER =
            JsonMapper.builder(JsonLimits.factory())
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                    .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                    .withCoercionConfig(
                            LogicalType.Textual,
                            text ->
                                    text.setCoercion(
                                                    CoercionInputShape.Integer, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Float, CoercionAction.Fail)
                                            .setCoercion(
                                                    CoercionInputShape.Boolean,
                                                    CoercionAction.Fail))
                    .changeDefaultPropertyInclusion(
                            inclusion -> inclusion.withValueInclusion(Include.NON_NULL))
                    .build();

    private Json() {}

    /// What a request's body says.
    ///
    /// @throws Refusal 400 naming where it makes no sense
    static <T> T asked(byte[] body, Class<T> type) {
        try {
            T said = MAPPER.readValue(body, type);
            if (said == null) {
                throw invalid("the body is null and not an object");
            }
            return said;
        } catch (JacksonException bad) {
            throw invalid(where(bad) + why(bad));
        }
    }

    /// A number in an object that makes no sense otherwise; null where there is none.
    static @Nullable Long number(byte[] object, String member) {
        try {
            JsonNode said = MAPPER.readTree(object).get(member);
            return said != null && said.canConvertToLong() && said.isIntegralNumber()
                    ? said.longValue()
                    : null;
        } catch (JacksonException bad) {
            return null;
        }
    }

    /// What was written by [#bytes].
    ///
    /// @throws IllegalArgumentException where it was not
    static <T> T stored(byte[] bytes, Class<T> type) {
        try {
            return MAPPER.readValue(bytes, type);
        } catch (JacksonException bad) {
            throw new IllegalArgumentException("stored HTTP message is damaged", bad);
        }
    }

    /// What a text says that is known to be JSON.
    static JsonNode tree(String text) {
        return MAPPER.readTree(text);
    }

    static byte[] bytes(Object value) {
        return MAPPER.writeValueAsBytes(value);
    }

    /// The members of a record that are not null, in order.
    static Map<String, @Nullable Object> members(Object value) {
        return MAPPER.convertValue(value, MEMBERS);
    }

    static Refusal invalid(String why) {
        return new Refusal(Status.BAD_REQUEST, "INVALID", why, "see docs/http.md");
    }

    /// As `messages[3].key: `, or the line and column of what is no JSON.
    private static String where(JacksonException bad) {
        StringBuilder path = new StringBuilder();
        List<JacksonException.Reference> steps = bad.getPath();
        for (JacksonException.Reference step : steps) {
            if (step.getPropertyName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getPropertyName());
            }
        }
        boolean isSyntax = !(bad instanceof MismatchedInputException);
        if (isSyntax && bad.getLocation() != null) {
            path.append(path.isEmpty() ? "" : ", ")
                    .append("line ")
                    .append(bad.getLocation().getLineNr())
                    .append(", column ")
                    .append(bad.getLocation().getColumnNr());
        }
        return path.isEmpty() ? "" : path + ": ";
    }

    private static String why(JacksonException bad) {
        return switch (bad) {
            case InvalidTypeIdException unknown ->
                    unknown.getTypeId() == null
                            ? "op: which one?"
                            : "op: there is no " + unknown.getTypeId();
            case UnrecognizedPropertyException _ -> "nothing has that name";
            case MismatchedInputException wrong when wrong.getTargetType() != null ->
                    "this is no " + kind(wrong.getTargetType());
            default -> bad.getOriginalMessage();
        };
    }

    private static String kind(Class<?> type) {
        if (Number.class.isAssignableFrom(type) || type.isPrimitive()) {
            return "whole number in range";
        }
        if (type == Boolean.class) {
            return "true or false";
        }
        if (type == String.class) {
            return "text";
        }
        return List.class.isAssignableFrom(type) ? "array" : "object";
    }
}
