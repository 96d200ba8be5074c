package io.polylog.broker.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.polylog.broker.BrokerException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which bodies fit a schema, what is said of those that do not, and what is no schema.
final class BodySchemaTest {
    private static final String ORDER =
            """
            {"type": "object", "required": ["id"], "additionalProperties": false,
             "properties": {
               "id": {"type": "string", "pattern": "^o-[0-9]+$"},
               "amount": {"type": "number", "minimum": 0, "exclusiveMaximum": 1000},
               "state": {"enum": ["new", "paid"]},
               "items": {"type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/item"}}},
             "$defs": {"item": {"type": "object", "required": ["sku"]}}}
            """;

    private static @Nullable String problem(String schema, String body) {
        return BodySchema.of(schema).problem(ByteBuffer.wrap(body.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"o-1\"}",
                "{\"id\":\"o-1\",\"amount\":12.5,\"state\":\"paid\",\"items\":[{\"sku\":\"a\"}]}",
            })
    void itFits(String body) {
        assertThat(problem(ORDER, body)).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | /: required property 'id' not found (required)",
                "{\"id\":1} | /id: integer found, string expected (type)",
                "{\"id\":\"x\"} | /id: does not match the regex pattern ^o-[0-9]+$ (pattern)",
                "{\"id\":\"o-1\",\"amount\":-1} | /amount: must have a minimum value of 0"
                        + " (minimum)",
                "{\"id\":\"o-1\",\"state\":\"x\"} | /state: does not have a value in the"
                        + " enumeration",
                "{\"id\":\"o-1\",\"more\":1} | (additionalProperties)",
                "{\"id\":\"o-1\",\"items\":[{}]} | /items/0: required property 'sku' not found",
                "{\"id\":\"o-1\",\"items\":[1,2,3]} | /items",
                "[] | /: array found, object expected (type)",
                "{\"id\" | the body is no JSON",
                "{} {} | the body is no JSON",
            })
    void itDoesNotFit(String body, String why) {
        assertThat(problem(ORDER, body)).contains(why);
    }

    @Test
    void anEmptyBodyAndOneThatIsTooLargeDoNotFit() {
        BodySchema any = BodySchema.of("true");
        assertThat(any.problem(null)).contains("empty");
        assertThat(any.problem(ByteBuffer.allocate(0))).contains("empty");
        assertThat(any.problem(ByteBuffer.wrap("7".getBytes(UTF_8)))).isNull();
        assertThat(any.problem(ByteBuffer.allocate((1 << 20) + 1))).contains("more than 1048576");
        String deep = "[".repeat(100) + "]".repeat(100);
        assertThat(problem("true", deep)).isEqualTo("the body is no JSON");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"type\" | schema, line 1, column",
                "7 | schema, an object, true or false is needed",
                "{\"pattern\":\"(\"} | schema, ",
                "{\"pattern\":\"(?=a)\"} | schema, ",
                "{\"pattern\":\"(a{100}){100}\"} | schema, ",
                "{\"$ref\":\"https://example.com/other.json\"} | schema, ",
                "{\"$ref\":\"file:///etc/passwd\"} | schema, ",
                "{\"$ref\":\"#/$defs/none\"} | schema, ",
                "{\"$schema\":\"https://example.com/dialect\"} | schema, ",
            })
    void whatIsNoSchemaIsRefused(String text, String why) {
        assertThatThrownBy(() -> BodySchema.of(text))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"anyOf\":[{\"$ref\":\"#\"},{\"$ref\":\"#\"}]}",
                "{\"oneOf\":[{\"items\":{\"$ref\":\"#\"}},{\"items\":{\"$ref\":\"#\"}},"
                        + "{\"items\":{\"$ref\":\"#\"}}]}",
                "{\"items\":{\"items\":{\"pattern\":\"^(([a-z])+.)+[A-Z]([a-z])+$\"}}}",
            })
    void whatWouldTakeTooLongIsGivenUp(String schema) {
        String deep = "[".repeat(50) + "1" + "]".repeat(50);
        String wide = "[[\"" + "a".repeat(500_000) + "\"]]";
        String body = schema.contains("pattern") ? wide : deep;
        String problem = assertTimeout(Duration.ofSeconds(5), () -> problem(schema, body));
        assertThat(problem).isNotNull();
    }
}
