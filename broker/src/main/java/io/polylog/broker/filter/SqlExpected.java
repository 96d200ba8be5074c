package io.polylog.broker.filter;

import io.polylog.broker.BrokerException;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.artemis.selector.strict.ParseException;
import org.apache.activemq.artemis.selector.strict.StrictParser;
import org.apache.activemq.artemis.selector.strict.Token;

/// Tells what could stand where a condition goes wrong: the parser does not, so each word there is
/// gets its try. Used by one thread.
final class SqlExpected {
    private static final List<String> WORDS =
            List.of(
                    "(", ")", ",", "=", "<>", "<", ">", "<=", ">=", "+", "-", "*", "/", "AND", "OR",
                    "NOT", "LIKE", "ESCAPE", "IN", "IS", "BETWEEN", "TRUE", "FALSE", "NULL");

    private final SqlWords words;

    SqlExpected(SqlWords words) {
        this.words = words;
    }

    /// @param parser which gave up
    BrokerException refusal(StrictParser parser, ParseException wrong) {
        int good = words.indexAfter(parser.token);
        if (!isSyntax(wrong)) {
            Token last = good < words.tokens().size() ? parser.token : null;
            String why = "expected a condition that is true or false";
            return last == null ? words.refusal(1, 1, why) : words.refusalAt(last, why);
        }
        String expected = "expected " + String.join(" ", after(good));
        return good < words.tokens().size()
                ? words.refusalAt(words.tokens().get(good), expected)
                : words.refusalAtEnd(expected);
    }

    private static boolean isSyntax(ParseException wrong) {
        return String.valueOf(wrong.getMessage()).startsWith("Parse error");
    }

    /// What may follow the first so many words.
    private List<String> after(int good) {
        StringBuilder before = new StringBuilder();
        words.tokens().subList(0, good).forEach(token -> before.append(token.image).append(' '));
        List<String> expected = new ArrayList<>();
        boolean text = goesOn(before, "'x'");
        if (goesOn(before, "x")) {
            expected.add("a name,");
        }
        if (goesOn(before, "1")) {
            expected.add("a number,");
        }
        if (text) {
            expected.add("a 'text',");
        }
        for (String word : WORDS) {
            if (goesOn(before, word)) {
                expected.add(word);
            }
        }
        if (mayEnd(before)) {
            expected.add(expected.isEmpty() ? "the end" : "or the end");
        }
        return expected;
    }

    private static boolean goesOn(StringBuilder before, String word) {
        StrictParser parser = SqlWords.parser(before + word);
        try {
            parser.JmsSelector();
            return true;
        } catch (ParseException wrong) {
            return parser.token.beginColumn > before.length();
        } catch (RuntimeException misused) {
            return true;
        }
    }

    private static boolean mayEnd(StringBuilder before) {
        try {
            SqlWords.parser(before.toString()).JmsSelector();
            return true;
        } catch (ParseException wrong) {
            return !isSyntax(wrong);
        } catch (RuntimeException misused) {
            return true;
        }
    }
}
