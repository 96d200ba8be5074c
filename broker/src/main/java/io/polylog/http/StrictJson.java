package io.polylog.http;

import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.exc.InvalidTypeIdException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.type.LogicalType;

/// JSON that others say: nothing is taken for what it is not, and an error names the place. Any
/// thread.
public final class StrictJson {
    /// Reads it so.
    public static final JsonMapper MAPPER =
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
                    .build();

    private StrictJson() {}

    /// What a request's body says.
    ///
    /// @param hint where it is written what makes sense
    /// @throws Refusal 400 naming where it makes no sense
    public static <T> T asked(byte[] body, Class<T> type, String hint) {
        try {
            T said = MAPPER.readValue(body, type);
            if (said == null) {
                throw invalid("the body is null and not an object", hint);
            }
            return said;
        } catch (JacksonException bad) {
            throw invalid(where(bad) + why(bad), hint);
        }
    }

    private static Refusal invalid(String why, String hint) {
        return new Refusal(Status.BAD_REQUEST, "INVALID", why, hint);
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
