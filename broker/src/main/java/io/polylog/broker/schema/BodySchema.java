package io.polylog.broker.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.networknt.schema.Error;
import com.networknt.schema.ExecutionConfig;
import com.networknt.schema.ExecutionContextCustomizer;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.path.PathType;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A JSON Schema that bodies must fit, of draft 2020-12 unless its `$schema` says another. It loads
/// nothing: what it refers to must be in it. Immutable; any thread.
public final class BodySchema {
    private static final int MOST_CHARS = 64 << 10;
    private static final int MOST_BODY_BYTES = 1 << 20;
    private static final int MOST_NESTING = 64;

    /// Rules that are asked about a message, and in each other.
    private static final long MOST_STEPS = 200_000;

    private static final int MOST_DEPTH = 300;
    private static final int MOST_TOLD_CHARS = 200;

    private static final List<String> REFERENCES = List.of("$ref", "$dynamicRef", "$recursiveRef");
    private static final List<String> ANCHORS = List.of("$anchor", "$dynamicAnchor");

    private static final JsonMapper MAPPER =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(MOST_NESTING)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12,
                    builder ->
                            builder.schemaCacheEnabled(false)
                                    .schemaLoader(loader -> loader.fetchRemoteResources(false))
                                    .schemaRegistryConfig(
                                            SchemaRegistryConfig.builder()
                                                    .regularExpressionFactory(BoundedPattern::of)
                                                    .locale(Locale.ENGLISH)
                                                    .pathType(PathType.JSON_POINTER)
                                                    .failFast(true)
                                                    .preloadSchema(true)
                                                    .build()));

    private static final ExecutionContextCustomizer BOUNDS =
            (context, _) ->
                    context.setExecutionConfig(
                            ExecutionConfig.builder()
                                    .failFast(true)
                                    .locale(Locale.ENGLISH)
                                    .maxEvaluationSteps(MOST_STEPS)
                                    .maxEvaluationDepth(MOST_DEPTH)
                                    .build());

    private final Schema schema;

    private BodySchema(Schema schema) {
        this.schema = schema;
    }

    /// Checks and compiles a schema.
    ///
    /// @throws BrokerException INVALID where it makes no sense, or refers to another
    public static BodySchema of(String text) {
        if (text.length() > MOST_CHARS) {
            throw refused("it is longer than %d characters".formatted(MOST_CHARS));
        }
        try {
            JsonNode said = MAPPER.readTree(text);
            if (!said.isObject() && !said.isBoolean()) {
                throw refused("an object, true or false is needed");
            }
            checkReferences(said, said);
            return new BodySchema(REGISTRY.getSchema(said));
        } catch (JacksonException wrong) {
            throw refused(
                    "line %d, column %d: %s"
                            .formatted(
                                    wrong.getLocation().getLineNr(),
                                    wrong.getLocation().getColumnNr(),
                                    wrong.getOriginalMessage()));
        } catch (SchemaException | IllegalArgumentException wrong) {
            throw refused(String.valueOf(wrong.getMessage()));
        }
    }

    /// What a schema refers to is in it; the library would find out with the first message.
    private static void checkReferences(JsonNode root, JsonNode node) {
        for (String keyword : REFERENCES) {
            JsonNode said = node.path(keyword);
            if (said.isString() && !isInside(root, said.stringValue())) {
                throw refused(
                        "it refers to '%s', which is not in it".formatted(cut(said.stringValue())));
            }
        }
        node.forEach(each -> checkReferences(root, each));
    }

    private static boolean isInside(JsonNode root, String reference) {
        if (reference.equals("#")) {
            return true;
        }
        if (reference.startsWith("#/")) {
            String pointer = URLDecoder.decode(reference.substring(1).replace("+", "%2B"), UTF_8);
            return !root.at(pointer).isMissingNode();
        }
        return reference.startsWith("#") && hasAnchor(root, reference.substring(1));
    }

    private static boolean hasAnchor(JsonNode node, String name) {
        for (String keyword : ANCHORS) {
            if (node.path(keyword).asString("").equals(name)) {
                return true;
            }
        }
        for (JsonNode each : node) {
            if (hasAnchor(each, name)) {
                return true;
            }
        }
        return false;
    }

    private static BrokerException refused(String why) {
        return new BrokerException(Kind.INVALID, "schema, " + why);
    }

    /// Why a body does not fit: where, and which rule says so; null where it does.
    public @Nullable String problem(@Nullable ByteBuffer body) {
        if (body == null || !body.hasRemaining()) {
            return "the body is empty, and a schema wants JSON";
        }
        if (body.remaining() > MOST_BODY_BYTES) {
            return "the body has more than %d bytes, the most a schema looks at"
                    .formatted(MOST_BODY_BYTES);
        }
        byte[] bytes = new byte[body.remaining()];
        body.duplicate().get(bytes);
        try {
            List<Error> errors = schema.validate(MAPPER.readTree(bytes), BOUNDS);
            return errors.isEmpty() ? null : told(errors.getFirst());
        } catch (JacksonException _) {
            return "the body is no JSON";
        } catch (ValidationLimitExceededException _) {
            return "it takes too long to tell if the body fits its schema";
        } catch (SchemaException wrong) {
            return cut("the schema cannot be asked: " + wrong.getMessage());
        }
    }

    private static String told(Error error) {
        String place = error.getInstanceLocation().toString();
        return cut(
                "%s: %s (%s)"
                        .formatted(
                                place.isEmpty() ? "/" : place,
                                error.getMessage(),
                                error.getKeyword()));
    }

    private static String cut(String text) {
        return text.substring(0, Math.min(text.length(), MOST_TOLD_CHARS));
    }
}
