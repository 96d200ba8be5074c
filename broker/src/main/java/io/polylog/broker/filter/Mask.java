package io.polylog.broker.filter;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Members of JSON documents that are not to be seen: `***` takes their place, whatever they are.
/// Immutable.
///
/// @param steps names and positions on the way, `*` for all
record Mask(List<String> steps) {
    private static final String HIDDEN = "***";
    private static final String ALL = "*";
    private static final int MOST_BODY_BYTES = 1 << 20;

    /// Numbers come out as they went in.
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    /// @param pointer as RFC 6901 has it
    static Mask of(String pointer) {
        if (!pointer.startsWith("/")) {
            throw Transformation.refused(
                    "'mask' needs JSON pointers, which begin with /, not '" + pointer + "'");
        }
        List<String> steps = new ArrayList<>();
        for (String step : pointer.substring(1).split("/", -1)) {
            steps.add(step.replace("~1", "/").replace("~0", "~"));
        }
        return new Mask(List.copyOf(steps));
    }

    /// A body with all that is masked in it.
    ///
    /// @throws IllegalArgumentException if it is no JSON, or too large
    static @Nullable ByteBuffer all(List<Mask> masks, @Nullable ByteBuffer body) {
        if (body == null) {
            return null;
        }
        if (body.remaining() > MOST_BODY_BYTES) {
            throw new IllegalArgumentException(
                    "the body has more than %d bytes".formatted(MOST_BODY_BYTES));
        }
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        try {
            JsonNode root = MAPPER.readTree(bytes);
            masks.forEach(each -> each.hide(root, 0));
            return ByteBuffer.wrap(MAPPER.writeValueAsBytes(root));
        } catch (JacksonException _) {
            throw new IllegalArgumentException("the body is no JSON");
        }
    }

    private void hide(JsonNode node, int at) {
        String step = steps.get(at);
        boolean last = at == steps.size() - 1;
        switch (node) {
            case ObjectNode object -> {
                List<String> names =
                        step.equals(ALL) ? List.copyOf(object.propertyNames()) : List.of(step);
                for (String name : names) {
                    JsonNode member = object.get(name);
                    if (member != null && last) {
                        object.put(name, HIDDEN);
                    } else if (member != null) {
                        hide(member, at + 1);
                    }
                }
            }
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    boolean meant = step.equals(ALL) || step.equals(String.valueOf(i));
                    if (meant && last) {
                        array.set(i, HIDDEN);
                    } else if (meant) {
                        hide(array.get(i), at + 1);
                    }
                }
            }
            default -> {} // what is not there need not be hidden
        }
    }
}
