package io.polylog.broker.filter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.BrokerException;
import io.polylog.broker.command.NeutralMessages;
import io.polylog.broker.filter.Transformation.Made;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is made of a message, and of a text that says nothing sensible.
final class TransformationTest {
    private static final Properties KNOWN =
            new Properties("a/b", "c", "d", "e", "f", "g", "h", "i", 5, 6, 7);

    private static Message message(String body) {
        List<Header> headers =
                List.of(new Header("a", 1), new Header("b", "x"), new Header("b", null));
        return new Message("s", "k".getBytes(UTF_8), KNOWN, headers, UTF_8.encode(body));
    }

    private static Message made(String transform, String body) {
        Made made = Transformation.of(transform).of(message(body));
        assertThat(made.judgement()).isEqualTo(Judgement.WANTED);
        return Objects.requireNonNull(made.message());
    }

    private static String masked(String pointers, String body) {
        Message made = made("{\"mask\":" + pointers + "}", body);
        return UTF_8.decode(Objects.requireNonNull(made.body())).toString();
    }

    @Test
    void headersAreSetInTheirOrderAndRemoved() {
        Message made =
                made(
                        """
                        {"set": {"n": "json.n + 1", "t": "subject + key", "b": "true",
                                 "gone": "null", "half": "0.5"},
                         "remove": ["a", "other"]}\
                        """,
                        "{\"n\":41}");
        assertThat(made.headers())
                .containsExactly(
                        new Header("n", 42L),
                        new Header("t", "sk"),
                        new Header("b", true),
                        new Header("half", 0.5));
        assertThat(made.subject()).isEqualTo("s");
        assertThat(made.properties()).isEqualTo(KNOWN);
        assertThat(made.body()).isEqualTo(UTF_8.encode("{\"n\":41}"));
    }

    @Test
    void theKeyIsChosenOrTakenAway() {
        assertThat(made("{\"key\":\"json.id\"}", "{\"id\":\"x\"}").key()).isEqualTo(bytes("x"));
        assertThat(made("{\"key\":\"json.id\"}", "{\"id\":7}").key()).isEqualTo(bytes("7"));
        assertThat(made("{\"key\":\"null\"}", "{}").key()).isNull();
        assertThat(made("{}", "{}").key()).isEqualTo(bytes("k"));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[\"/a\"] | {\"a\":1,\"b\":1.10} | {\"a\":\"***\",\"b\":1.10}",
                "[\"/a\"] | {\"b\":12345678901234567890} | {\"b\":12345678901234567890}",
                "[\"/a/b\"] | {\"a\":{\"b\":[1],\"c\":2}} | {\"a\":{\"b\":\"***\",\"c\":2}}",
                "[\"/a/b\"] | {\"a\":\"b\"} | {\"a\":\"b\"}",
                "[\"/l/1\"] | {\"l\":[1,2]} | {\"l\":[1,\"***\"]}",
                "[\"/l/*/x\"] | {\"l\":[{\"x\":1},{\"y\":2}]} |"
                        + " {\"l\":[{\"x\":\"***\"},{\"y\":2}]}",
                "[\"/*\"] | {\"a\":1,\"b\":{}} | {\"a\":\"***\",\"b\":\"***\"}",
                "[\"/x~1y\",\"/z~0\"] | {\"x/y\":1,\"z~\":2} | {\"x/y\":\"***\",\"z~\":\"***\"}",
                "[\"/0\"] | [1,2] | [\"***\",2]",
                "[\"/a\"] | 7 | 7",
            })
    void membersAreMasked(String pointers, String body, String masked) {
        assertThat(masked(pointers, body)).isEqualTo(masked);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"mask\":[\"/a\"]} | the body is no JSON",
                "{\"key\":\"json.a\"} | the body is no JSON",
                "{\"key\":\"0.5\"} | a key is a text or a whole number",
                "{\"set\":{\"x\":\"[1]\"}} | a header is a text",
                "{\"set\":{\"x\":\"headers.missing\"}} | key 'missing' is not present",
            })
    void whatFailsIsADeadLetter(String transform, String why) {
        Made made = Transformation.of(transform).of(message("none"));
        assertThat(made.message()).isNull();
        assertThat(made.judgement().verdict()).isEqualTo(Verdict.DEAD_LETTER);
        assertThat(made.judgement().error()).startsWith("transform: ").contains(why);
    }

    @ParameterizedTest
    @CsvSource({"skip, SKIP", "deliver, DELIVER", "dead-letter, DEAD_LETTER"})
    void whatBecomesOfItIsChosen(String named, Verdict then) {
        String text = "{\"mask\":[\"/a\"],\"on-error\":\"" + named + "\"}";
        assertThat(Transformation.of(text).of(message("none")).judgement().verdict())
                .isEqualTo(then);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"mask\" | transform, line 1, column",
                "[] | transform, an object with [key, mask, on-error, remove, set] is needed",
                "{\"masks\":[]} | transform, 'masks' is none of [key",
                "{\"mask\":\"/a\"} | transform, 'mask' needs a list of texts",
                "{\"mask\":[\"a\"]} | transform, 'mask' needs JSON pointers",
                "{\"key\":5} | transform, 'key' needs a text",
                "{\"on-error\":\"fail\"} | transform, 'on-error' is skip, deliver or dead-letter",
                "{\"set\":{\"x\":\"subject +\"}} | transform, set.x, line 1, column",
                "{\"key\":\"foo\"} | transform, key, line 1, column 1: undeclared reference to"
                        + " 'foo'",
            })
    void whatMakesNoSenseIsRefusedWithThePlace(String text, String why) {
        assertThatThrownBy(() -> Transformation.of(text))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(why);
    }

    @Test
    void whatIsShownIsEncodedAsItIs() {
        Message given = message("body");
        Message opened = new NeutralMessages().open(NeutralMessages.encode(given)).getFirst();
        assertThat(opened).usingRecursiveComparison().isEqualTo(given);
        Message empty = new Message("", null, Properties.NONE, List.of(), null);
        assertThat(new NeutralMessages().open(NeutralMessages.encode(empty)))
                .usingRecursiveComparison()
                .isEqualTo(List.of(empty));
        Message nested =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(new Header("m", Map.of("l", List.of(1L, "x")))),
                        ByteBuffer.allocate(0));
        assertThat(new NeutralMessages().open(NeutralMessages.encode(nested)))
                .usingRecursiveComparison()
                .isEqualTo(List.of(nested));
    }
}
