package io.polylog.broker.filter;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.activemq.artemis.selector.strict.SimpleCharStream;
import org.apache.activemq.artemis.selector.strict.StrictParser;
import org.apache.activemq.artemis.selector.strict.StrictParserConstants;
import org.apache.activemq.artemis.selector.strict.StrictParserTokenManager;
import org.apache.activemq.artemis.selector.strict.Token;
import org.apache.activemq.artemis.selector.strict.TokenMgrError;

/// The words of a condition, within bounds, so that neither parsing nor evaluating it goes deep;
/// and the errors of it, which say where. Used by one thread.
///
/// @param text of the condition
/// @param tokens its words
record SqlWords(String text, List<Token> tokens) {
    private static final int MOST_CHARS = 4_096;
    private static final int MOST_TOKENS = 1_000;
    private static final int MOST_PARENTHESES = 32;
    private static final int MOST_SIGNS = 8;
    private static final int MOST_TOLD_CHARS = 60;
    private static final Set<String> SIGNS = Set.of("NOT", "+", "-");
    private static final String OPERANDS = "expected a name, a number or a 'text'";

    /// Cuts a text into words.
    ///
    /// @throws BrokerException INVALID where it goes beyond a bound, or has something that is no
    ///   word of a condition
    static SqlWords of(String text) {
        SqlWords words = new SqlWords(text, new ArrayList<>());
        if (text.length() > MOST_CHARS) {
            throw words.refusal(1, MOST_CHARS + 1, "expected the end");
        }
        words.scan();
        words.checkBounds();
        return words;
    }

    private void scan() {
        StrictParserTokenManager source = new StrictParserTokenManager(chars(text));
        try {
            Token next = source.getNextToken();
            while (next.kind != StrictParserConstants.EOF) {
                tokens.add(next);
                next = source.getNextToken();
            }
        } catch (TokenMgrError noWord) {
            throw refusalBehind("no word of a condition begins so; " + OPERANDS);
        }
    }

    /// At what follows the last word.
    private BrokerException refusalBehind(String why) {
        int line = tokens.isEmpty() ? 1 : tokens.getLast().endLine;
        int column = tokens.isEmpty() ? 1 : tokens.getLast().endColumn + 1;
        int at = 0;
        for (int before = 1; before < line; before++) {
            at = text.indexOf('\n', at) + 1;
        }
        at += column - 1;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            boolean ends = text.charAt(at++) == '\n';
            line += ends ? 1 : 0;
            column = ends ? 1 : column + 1;
        }
        return refusal(line, column, why);
    }

    private static SimpleCharStream chars(String text) {
        SimpleCharStream chars = new SimpleCharStream(new StringReader(text));
        chars.setTabSize(1); // a column is a character
        return chars;
    }

    private void checkBounds() {
        int open = 0;
        int signs = 0;
        if (tokens.size() > MOST_TOKENS) {
            throw refusalAt(tokens.get(MOST_TOKENS), "expected the end");
        }
        for (Token token : tokens) {
            open += token.image.equals("(") ? 1 : token.image.equals(")") ? -1 : 0;
            signs = SIGNS.contains(upper(token)) ? signs + 1 : 0;
            if (open > MOST_PARENTHESES || signs > MOST_SIGNS) {
                throw refusalAt(token, "nested too deep; " + OPERANDS);
            }
            if (token.kind == StrictParserConstants.XPATH
                    || token.kind == StrictParserConstants.XQUERY
                    || token.image.indexOf(LikeFields.MARK) >= 0) {
                throw refusalAt(token, "this is not for filters; " + OPERANDS);
            }
        }
    }

    static String upper(Token token) {
        return token.image.toUpperCase(Locale.ROOT);
    }

    StrictParser parser() {
        return parser(text);
    }

    static StrictParser parser(String text) {
        return new StrictParser(new StrictParserTokenManager(chars(text)));
    }

    /// The place behind a word that a parser has taken; 0 where it has taken none.
    int indexAfter(Token taken) {
        int place = tokens.size();
        while (place > 0 && !isBehind(taken, tokens.get(place - 1))) {
            place--;
        }
        return place;
    }

    private static boolean isBehind(Token taken, Token other) {
        return taken.beginLine > other.beginLine
                || (taken.beginLine == other.beginLine && taken.beginColumn >= other.beginColumn);
    }

    // Errors -----------------------------------------------------------------------------------

    /// @param why what is wrong with a word, or what could stand there
    BrokerException refusalAt(Token word, String why) {
        if (word.image == null || word.kind == StrictParserConstants.EOF) {
            return refusalAtEnd(why);
        }
        String found = word.image;
        if (found.length() > MOST_TOLD_CHARS) {
            found = found.substring(0, MOST_TOLD_CHARS) + "...";
        }
        return refusal(word.beginLine, word.beginColumn, "found " + found + "; " + why);
    }

    BrokerException refusalAtEnd(String why) {
        int line = 1 + (int) text.chars().filter(c -> c == '\n').count();
        int column = text.length() - text.lastIndexOf('\n');
        return refusal(line, column, "it ends here; " + why);
    }

    BrokerException refusal(int line, int column, String why) {
        return new BrokerException(
                Kind.INVALID, "filter, line %d, column %d: %s".formatted(line, column, why));
    }
}
