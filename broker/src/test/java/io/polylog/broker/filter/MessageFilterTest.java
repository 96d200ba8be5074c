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
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a filter says of a message, and of a text that is none.
class MessageFilterTest {
    private static final Metadata ORDER = new Sample(headers(), "orders.eu.new");

    private record Sample(Map<String, @Nullable Object> headers, String subject)
            implements Metadata {
        @Override
        public Properties properties() {
            return new Properties(
                    null, null, "c7", null, "m1", "order", null, null, 1_700_000_000_000L, -1, 7);
        }
    }

    private static Map<String, @Nullable Object> headers() {
        Map<String, @Nullable Object> headers = new HashMap<>();
        headers.put("color", "red");
        headers.put("amount", 120L);
        headers.put("weight", 2.5);
        headers.put("small", (byte) 3);
        headers.put("price", new BigDecimal("9.90"));
        headers.put("paid", true);
        headers.put("raw", "bytes".getBytes(UTF_8));
        headers.put("due", Instant.ofEpochMilli(5_000));
        headers.put("order-type", "gift");
        headers.put("tags", List.of("a", "b"));
        headers.put("nothing", null);
        headers.put("quote", "it's 100%");
        return headers;
    }

    private static boolean wants(Filter filter) {
        return MessageFilter.of(filter).wants(ORDER, true);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "color = 'red'",
                "color <> 'blue' AND amount > 100",
                "amount BETWEEN 120 AND 130",
                "amount NOT BETWEEN 1 AND 100",
                "amount + 1 = 121 AND amount * 2 = 240 AND amount / 2 = 60 AND -amount < 0",
                "weight >= 2.5 AND small = 3 AND price < 10",
                "paid",
                "paid = TRUE AND NOT (paid = FALSE)",
                "color IN ('red', 'green')",
                "color NOT IN ('blue', 'green')",
                "color LIKE 'r%' AND color LIKE '_e_' AND color NOT LIKE 'r'",
                "quote LIKE '%100!%' ESCAPE '!' AND quote LIKE 'it''s%'",
                "(color LIKE 're%') OR (raw LIKE 'x') OR color LIKE 'z'",
                "NOT color LIKE 'x' AND color NOT LIKE 'y' AND \"order-type\" LIKE 'g%'",
                "color LIKE '%' AND color LIKE '%%e%' AND color LIKE '___' AND color LIKE 'red%'",
                "(color LIKE 'red') = TRUE AND 'red' = color",
                "raw = 'bytes'",
                "due = 5000",
                "\"order-type\" = 'gift'",
                "missing IS NULL AND nothing IS NULL AND tags IS NOT NULL AND color IS NOT NULL",
                "JMSPriority = 7 AND JMSMessageID = 'm1' AND JMSCorrelationID = 'c7'",
                "JMSType = 'order' AND JMSTimestamp = 1700000000000",
                "JMSDeliveryMode = 'PERSISTENT'",
                "jmspriority IS NULL",
                "color = 'red' /* and that is all */",
            })
    void a_condition_that_holds(String sql) {
        assertThat(wants(Filter.sql(sql))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "color = 'blue'",
                "missing = 1",
                "missing <> 1",
                "NOT (missing = 1)",
                "missing LIKE '%'",
                "missing NOT LIKE '%'",
                "amount LIKE '120'",
                "color > 5",
                "amount / 0 = 1",
                "color + 1 = 2",
                "paid AND missing",
                "amount NOT BETWEEN 100 AND 130",
                "JMSDeliveryMode = 'NON_PERSISTENT'",
            })
    void a_condition_that_does_not_hold_or_is_unknown(String sql) {
        assertThat(wants(Filter.sql(sql))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "color = | 1, column 8 | it ends here; expected a name, a number, a 'text', ( - NOT"
                        + " TRUE FALSE NULL",
                "color ='red' AND | 1, column 17 | it ends here; expected",
                "color = = 'red' | 1, column 9 | found =; expected",
                "(color = 'red' | 1, column 15 | it ends here; expected",
                "color = 'red') | 1, column 14 | found ); expected",
                "color = 'red | 1, column 9 | expected a name, a number or a 'text'",
                "color ? 1 | 1, column 7 | so; expected a name, a number or a 'text'",
                "color LIKE 5 | 1, column 12 | found 5; expected a 'text'",
                "color IN ('a' 'b') | 1, column 15 | expected",
                "'text' | 1, column 1 | expected a condition that is true or false",
                "XPATH '//a' | 1, column 1 | this is not for filters",
                "a LIKE 'x' ESCAPE 'yz' | 1, column 19 | it cannot be used so",
                "a + b LIKE 'x' | 1, column 5 | expected a name, alone, before LIKE",
                "(a) LIKE 'x' | 1, column 3 | expected a name, alone, before LIKE",
                "a = 1 b | 1, column 7 | found b; expected",
                "'a' < 'b' | 1, column 7 | it cannot be used so",
            })
    void a_text_that_is_no_condition_is_refused_with_the_place(
            String sql, String place, String why) {
        assertThatThrownBy(() -> MessageFilter.of(Filter.sql(sql)))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining("line " + place)
                .hasMessageContaining(why)
                .extracting(refused -> ((BrokerException) refused).kind())
                .isEqualTo(BrokerException.Kind.INVALID);
    }

    @Test
    void the_place_counts_lines() {
        assertThatThrownBy(() -> MessageFilter.of(Filter.sql("color = 'red'\n AND\t)")))
                .hasMessageContaining("line 2, column 6: found )");
    }

    @Test
    void what_would_go_too_deep_is_refused() {
        String parentheses = "(".repeat(40) + "a" + ")".repeat(40);
        String signs = "NOT ".repeat(20) + "a";
        String words = "a" + " OR a".repeat(500);
        String chars = "a = '" + "x".repeat(5_000) + "'";
        for (String sql : List.of(parentheses, signs, words, chars)) {
            assertThatThrownBy(() -> MessageFilter.of(Filter.sql(sql)))
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining("line 1, column ");
        }
        String most = "paid" + " OR paid".repeat(499);
        assertThat(wants(Filter.sql(most))).isTrue();
    }

    @Test
    void a_pattern_takes_no_longer_than_both_lengths() {
        MessageFilter filter =
                MessageFilter.of(Filter.sql("name LIKE '" + "%a".repeat(1_000) + "%b'"));
        Metadata message = () -> Map.of("name", "a".repeat(60_000));
        assertThat(assertTimeout(Duration.ofSeconds(10), () -> filter.wants(message, true)))
                .isFalse();
    }

    @Test
    void headers_match_as_in_a_headers_exchange() {
        assertThat(wants(new Filter("", Map.of("color", "red", "amount", 120), ""))).isTrue();
        assertThat(wants(new Filter("", Map.of("color", "red", "amount", 1), ""))).isFalse();
        Map<String, @Nullable Object> any = Map.of("x-match", "any", "color", "red", "amount", 1);
        assertThat(wants(new Filter("", any, ""))).isTrue();
        Map<String, @Nullable Object> there = new HashMap<>();
        there.put("paid", null);
        assertThat(wants(new Filter("", there, ""))).isTrue();
        assertThatThrownBy(() -> wants(new Filter("", Map.of("x-match", "most"), "")))
                .hasMessageContaining("x-match of a filter by headers is 'most'");
    }

    @Test
    void subjects_match_as_in_a_topic_exchange() {
        assertThat(wants(new Filter("", Map.of(), "orders.*.new"))).isTrue();
        assertThat(wants(new Filter("", Map.of(), "orders.#"))).isTrue();
        assertThat(wants(new Filter("", Map.of(), "#.new.#"))).isTrue();
        assertThat(wants(new Filter("", Map.of(), "orders.*"))).isFalse();
        assertThat(wants(new Filter("", Map.of(), "orders"))).isFalse();
        assertThatThrownBy(() -> wants(new Filter("", Map.of(), "x".repeat(2_000))))
                .hasMessageContaining("1024 characters");
    }

    @Test
    void where_a_filter_says_several_things_all_must_hold() {
        Map<String, @Nullable Object> red = Map.of("color", "red");
        assertThat(wants(new Filter("amount > 100", red, "orders.#"))).isTrue();
        assertThat(wants(new Filter("amount > 200", red, "orders.#"))).isFalse();
        assertThat(wants(new Filter("amount > 100", Map.of("color", "blue"), "#"))).isFalse();
        assertThat(wants(new Filter("amount > 100", red, "bills.#"))).isFalse();
    }
}
