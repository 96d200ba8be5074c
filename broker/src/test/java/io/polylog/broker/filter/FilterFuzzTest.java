package io.polylog.broker.filter;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Filter;
import io.polylog.broker.Publication.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Whatever text comes: it is a filter that can be asked, or it is refused with the place.
class FilterFuzzTest {
    private static final Metadata MESSAGE = () -> Map.of("a", 1, "b", "text", "c", true, "d", 2.5);

    private static final List<String> WORDS =
            List.of(
                    "a",
                    "b",
                    "c",
                    "d",
                    "\"e-f\"",
                    "JMSPriority",
                    "1",
                    "2.5",
                    "0x1F",
                    "017",
                    "1e3",
                    "99999999999999999999",
                    "'text'",
                    "'t_%'",
                    "''",
                    "'",
                    "(",
                    ")",
                    "(",
                    ")",
                    ",",
                    "=",
                    "<>",
                    "<",
                    ">",
                    "<=",
                    ">=",
                    "+",
                    "-",
                    "*",
                    "/",
                    "AND",
                    "OR",
                    "NOT",
                    "LIKE",
                    "ESCAPE",
                    "IN",
                    "IS",
                    "NULL",
                    "BETWEEN",
                    "TRUE",
                    "false",
                    "XPATH",
                    "XQUERY",
                    "--",
                    "/*",
                    "*/",
                    "\n",
                    "\t",
                    "?",
                    "%",
                    "\u00e9",
                    "\u0000",
                    ";");

    @FuzzTest(maxDuration = "60s")
    void any_bytes_are_a_filter_or_refused(byte[] data) {
        check(new String(data, StandardCharsets.UTF_8));
    }

    @Test
    void words_in_any_order_are_a_filter_or_refused() {
        int compiled = 0;
        for (long seed = 0; seed < 5_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(1, 12); i > 0; i--) {
                text.append(WORDS.get(random.nextInt(WORDS.size())));
                text.append(random.nextInt(4) == 0 ? "" : " ");
            }
            compiled += check(text.toString()) ? 1 : 0;
        }
        assertThat(compiled).as("some of them are filters").isGreaterThan(50);
    }

    /// Whether it is one.
    private static boolean check(String text) {
        try {
            MessageFilter.of(Filter.sql(text)).wants(MESSAGE, true);
            return true;
        } catch (BrokerException refused) {
            assertThat(refused.kind()).as(text).isEqualTo(Kind.INVALID);
            assertThat(refused.getMessage())
                    .as(text)
                    .matches("(?s)filter, line \\d+, column \\d+: .+");
            return false;
        } catch (RuntimeException | Error other) {
            throw new AssertionError("'" + text + "' is neither a filter nor refused", other);
        }
    }
}
