package io.polylog.protocol.nats;

import java.util.List;
import java.util.StringJoiner;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// NATS' subjects against everybody's: the same words with the same dots. What a subject of NATS
/// cannot have (spaces, ends of lines, U+0000) is `_x` and two hexadecimal digits there, and an
/// underscore that would begin such a group is `_x5F`; so every subject of either side has one of
/// the other. Stateless; any thread.
public final class NatsSubjects {
    private static final Spelling SUBJECT =
            Spelling.of("20|09|0A|0B|0C|0D|00", " \t\n\u000B\f\r\u0000");
    private static final Spelling TOKEN =
            Spelling.of("20|09|0A|0B|0C|0D|00|2E", " \t\n\u000B\f\r\u0000.");

    private static final Spelling NAME =
            Spelling.of("20|09|0A|0B|0C|0D|00|2E|2A|3E|2F|5C", " \t\n\u000B\f\r\u0000.*>/\\\\");

    private static final String ONE = "*";
    private static final String REST = ">";
    private static final String ANY_WORDS = "#";

    private NatsSubjects() {}

    /// How letters are spelled that cannot stand for themselves.
    private record Spelling(Pattern spelled, Pattern toSpell) {
        /// @param codes of the letters, in hexadecimal digits
        static Spelling of(String codes, String letters) {
            String ahead = "5F(?=(x5F)*x(" + codes + "))";
            return new Spelling(
                    Pattern.compile("_x(" + codes + "|" + ahead + ")"),
                    Pattern.compile("[" + letters + "]|_(?=(x5F)*x(" + codes + "))"));
        }

        String plain(String text) {
            return text.indexOf("_x") < 0
                    ? text
                    : spelled.matcher(text)
                            .replaceAll(found -> Matcher.quoteReplacement(letter(found)));
        }

        private static String letter(MatchResult found) {
            return Character.toString(Integer.parseInt(found.group(1).substring(0, 2), 16));
        }

        String spell(String text) {
            return toSpell.matcher(text)
                    .replaceAll(found -> "_x%02X".formatted((int) found.group().charAt(0)));
        }
    }

    /// The subject that one of NATS names.
    public static String neutral(String subject) {
        return SUBJECT.plain(subject);
    }

    /// The subject of NATS that names one.
    public static String subject(String neutral) {
        return SUBJECT.spell(neutral);
    }

    /// A text as one token of a subject, in which a dot is spelled too.
    static String token(String text) {
        return TOKEN.spell(text);
    }

    /// A text as the name of a stream, which has no dots, wildcards and slashes.
    public static String name(String text) {
        return NAME.spell(text);
    }

    /// The text that [#token] made one of.
    static String text(String token) {
        return TOKEN.plain(token);
    }

    /// Whether it can be published to as nats-server has it, pedantic or not: no spaces and control
    /// characters, which would break the lines of those who receive it.
    static boolean isPublishable(String subject) {
        for (int i = 0; i < subject.length(); i++) {
            char letter = subject.charAt(i);
            if (letter <= ' ' || letter == '\u007f' || letter == '\uFFFD') {
                return false;
            }
        }
        return true;
    }

    /// Whether it is a subject without wildcards and empty tokens, as a pedantic client wants it.
    public static boolean isLiteral(String subject) {
        return isPattern(subject) && !hasWildcard(subject);
    }

    /// Whether it can be subscribed to.
    public static boolean isPattern(String subject) {
        if (!isPublishable(subject)) {
            return false;
        }
        String[] tokens = subject.split("\\.", -1);
        for (int i = 0; i < tokens.length; i++) {
            boolean early = tokens[i].equals(REST) && i < tokens.length - 1;
            if (tokens[i].isEmpty() || early) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasWildcard(String subject) {
        for (String token : subject.split("\\.", -1)) {
            if (token.equals(ONE) || token.equals(REST)) {
                return true;
            }
        }
        return false;
    }

    /// The pattern of the subject space that fits at least the subjects of a subscription.
    public static String pattern(String subscription) {
        StringJoiner pattern = new StringJoiner(".");
        for (String token : subscription.split("\\.", -1)) {
            pattern.add(
                    switch (token) {
                        case REST -> "*.#";
                        case ANY_WORDS -> ONE;
                        default -> neutral(token);
                    });
        }
        return pattern.toString();
    }

    /// Whether the pattern of a subscription fits more than the subscription: a `#` is a wildcard
    /// there and a word here.
    public static boolean isTooWide(String subscription) {
        return List.of(subscription.split("\\.", -1)).contains(ANY_WORDS);
    }

    /// Whether a subject of NATS is of a subscription.
    public static boolean matches(String subscription, String subject) {
        int at = 0;
        int place = 0;
        while (place < subscription.length() && at <= subject.length()) {
            int tokenEnd = end(subscription, place);
            int wordEnd = end(subject, at);
            if (isOnly(subscription, place, tokenEnd, '>')) {
                return wordEnd > at || wordEnd < subject.length();
            }
            boolean same =
                    isOnly(subscription, place, tokenEnd, '*')
                            || (tokenEnd - place == wordEnd - at
                                    && subscription.regionMatches(
                                            place, subject, at, wordEnd - at));
            if (!same) {
                return false;
            }
            place = tokenEnd + 1;
            at = wordEnd + 1;
        }
        return place > subscription.length() && at > subject.length();
    }

    private static int end(String text, int from) {
        int dot = text.indexOf('.', from);
        return dot < 0 ? text.length() : dot;
    }

    private static boolean isOnly(String text, int from, int to, char letter) {
        return to - from == 1 && text.charAt(from) == letter;
    }
}
