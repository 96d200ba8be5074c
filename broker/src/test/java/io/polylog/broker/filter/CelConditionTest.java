package io.polylog.broker.filter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication.Metadata;
import io.polylog.message.Message.Properties;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a condition in CEL says of a message, of a text that is none, and of one that would take
/// for ever.
final class CelConditionTest {
    private static final String ORDER =
            """
            {"amount": 150, "price": 9.5, "paid": true, "none": null,
             "customer": {"name": "Ann", "tags": ["vip", "eu"]},
             "items": [{"sku": "a", "count": 1}, {"sku": "b", "count": 20}]}
            """;

    private record Sample(byte[] bytes) implements Metadata {
        @Override
        public Map<String, @Nullable Object> headers() {
            return Map.of(
                    "color",
                    "red",
                    "n",
                    5,
                    "small",
                    (byte) 3,
                    "half",
                    0.5f,
                    "price",
                    new BigDecimal("9.90"),
                    "due",
                    Instant.ofEpochSecond(5),
                    "raw",
                    "bytes".getBytes(UTF_8));
        }

        @Override
        public Properties properties() {
            return new Properties(
                    "application/json", null, "c7", null, "m1", "order", null, null, 1_700L, -1, 7);
        }

        @Override
        public String subject() {
            return "orders.eu.new";
        }

        @Override
        public byte[] key() {
            return "k1".getBytes(UTF_8);
        }

        @Override
        public ByteBuffer body() {
            return ByteBuffer.wrap(bytes);
        }
    }

    private static Judgement judge(String text, String body) {
        return MessageFilter.of(Filter.sql(text)).judge(new Sample(body.getBytes(UTF_8)), true);
    }

    private static Judgement judge(String expression) {
        return judge("cel:" + expression, ORDER);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "subject == 'orders.eu.new' && subject.startsWith('orders.')",
                "key == 'k1' && contentType == 'application/json'",
                "messageId == 'm1' && correlationId == 'c7' && type == 'order'",
                "priority == 7 && timestampMs == 1700",
                "headers.color == 'red' && 'color' in headers && !('other' in headers)",
                "headers.n == 5 && headers.small == 3 && headers.n > 4.5 && headers.half < 1",
                "headers.price > 9.8 && headers.raw == 'bytes'",
                "headers.due == timestamp('1970-01-01T00:00:05Z')",
                "json.amount > 100 && json.amount == 150.0 && json.price < 10",
                "json.paid && json.none == null",
                "has(json.customer.name) && !has(json.customer.age)",
                "json.customer.tags.exists(t, t == 'vip') && 'eu' in json.customer.tags",
                "json.items.all(i, i.count > 0) && json.items.exists_one(i, i.sku == 'b')",
                "json.items[1].count == 20 && size(json.items) == 2",
                "body.contains('Ann') && body.matches('\"sku\": \"[ab]\"')",
                "headers.color in ['red', 'green']",
                "json.missing > 3 || json.paid",
            })
    void itHolds(String expression) {
        assertThat(judge(expression)).isEqualTo(Judgement.WANTED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "false",
                "json.amount > 1000",
                "body.matches('^x')",
                "json.items.exists(i, i.sku == 'c')",
                "!json.paid && json.missing",
            })
    void itDoesNotHold(String expression) {
        assertThat(judge(expression)).isEqualTo(Judgement.UNWANTED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "json.missing > 3 | key 'missing' is not present",
                "headers.missing == 'x' | key 'missing' is not present",
                "json.customer.name > 3 | No matching overload",
                "json.amount / 0 == 1 | by zero",
                "body.matches(headers.color + '(') | missing closing )",
            })
    void itCannotBeEvaluated(String expression, String why) {
        Judgement judgement = judge(expression);
        assertThat(judgement.verdict()).isEqualTo(Verdict.SKIP);
        assertThat(judgement.error()).startsWith("filter: ").contains(why);
    }

    @Test
    void whatBecomesOfAMessageItCannotBeEvaluatedForIsChosen() {
        assertThat(judge("cel:json.a", "x").verdict()).isEqualTo(Verdict.SKIP);
        assertThat(judge("cel(on-error=skip):json.a", "x").verdict()).isEqualTo(Verdict.SKIP);
        assertThat(judge("cel(on-error=deliver):json.a", "x").verdict()).isEqualTo(Verdict.DELIVER);
        assertThat(judge("cel(on-error=dead-letter):json.a", "x"))
                .isEqualTo(new Judgement(Verdict.DEAD_LETTER, judge("cel:json.a", "x").error()));
        assertThat(judge("cel:json.a", "x").error()).contains("the body is no JSON");
        assertThat(judge("cel:json.a", "x".repeat(70_000)).error()).contains("more than 65536");
        assertThat(judge("cel:true", "x".repeat(70_000))).isEqualTo(Judgement.WANTED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "cel:foo | line 1, column 5: undeclared reference to 'foo'",
                "cel:subject == | line 1, column 15: mismatched input '<EOF>'",
                "cel:subject == 3 | line 1, column 13: found no matching overload",
                "cel(on-error=deliver):subject | line 1, column 23: expected type 'bool' but found"
                        + " 'string'",
                "cel(on-error=fail):true | line 1, column 14: expected skip, deliver or"
                        + " dead-letter",
                "cel(on-error=skip | line 1, column 14: expected skip, deliver or dead-letter",
                "cel:[subject] == ['a'] | line 1, column 5: a list may have constants only",
                "cel:json == {'a': 1} | line 1, column 13: this makes a map",
                "cel:json.items.map(i, i.sku) == ['a'] | line 1, column 19: undeclared reference to"
                        + " 'map'",
            })
    void whatIsNoConditionIsRefusedWithThePlace(String text, String why) {
        assertThatThrownBy(() -> MessageFilter.of(Filter.sql(text)))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining(why);
    }

    @Test
    void anErrorInALaterLineHasThatLine() {
        assertThatThrownBy(() -> MessageFilter.of(Filter.sql("cel:priority > 1\n  && foo")))
                .hasMessageContaining("line 2, column 6: undeclared");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "json.all(a, json.all(b, json.all(c, json.all(d, a + b + c + d >= 0))))",
                "json.all(a, body.contains('9'))",
                "json.all(a, json == json)",
                "json.all(a, a in json)",
                "body.contains(body.matches('z') ? 'a' : body)",
                "body.matches('(([0-9]|,|\\\\[|[0-9]+){1,50}){1,50}z')",
                "body.matches('([0-9],){1000}')",
                "json.all(a, (body + body + body + body).contains('zzz') == false)",
            })
    void whatWouldTakeTooLongIsGivenUp(String expression) {
        StringBuilder numbers = new StringBuilder("[0");
        for (int i = 1; i < 12_000; i++) {
            numbers.append(',').append(i);
        }
        String body = numbers.append(']').toString();
        judge("cel:" + expression, "[1]"); // compiled, and warm
        Judgement given =
                assertTimeout(Duration.ofSeconds(2), () -> judge("cel:" + expression, body));
        assertThat(given.error()).isNotEmpty();
    }

    @Test
    void aTextThatNestsTooDeepIsRefused() {
        String deep = "(".repeat(200) + "true" + ")".repeat(200);
        assertThatThrownBy(() -> MessageFilter.of(Filter.sql("cel:" + deep)))
                .isInstanceOf(BrokerException.class);
        String longOne = "true" + " && true".repeat(2_000);
        assertThatThrownBy(() -> MessageFilter.of(Filter.sql("cel:" + longOne)))
                .isInstanceOf(BrokerException.class);
    }
}
