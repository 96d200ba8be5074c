package io.polylog.protocol.mqtt;

import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Topics of MQTT against subjects: the words of a subject are the levels of a topic, with `/` and
/// `.` swapped, so that `eu/orders.new` is `eu.orders/new`. What a topic cannot have (`+`, `#`,
/// U+0000) is `_x` and two hexadecimal digits there, and an underscore that would begin such a
/// group is `_x5F`. Every topic has one subject and every subject one topic. Stateless; any thread.
final class TopicNames {
    /// Of a topic or a filter.
    static final int MOST_LEVELS = 128;

    private static final Pattern ESCAPED = Pattern.compile("_x(2B|23|00|5F(?=(x5F)*x(2B|23|00)))");
    private static final Pattern TO_ESCAPE = Pattern.compile("[+#\u0000]|_(?=(x5F)*x(2B|23|00))");

    private TopicNames() {}

    /// The subject that a topic names.
    static String subject(String topic) {
        return unescaped(swapped(topic));
    }

    /// The topic that names a subject.
    static String topic(String subject) {
        return escaped(swapped(subject));
    }

    /// A text without what a topic cannot have.
    static String escaped(String text) {
        boolean plain =
                text.indexOf('+') < 0
                        && text.indexOf('#') < 0
                        && text.indexOf('\0') < 0
                        && text.indexOf("_x") < 0;
        if (plain) {
            return text;
        }
        return TO_ESCAPE
                .matcher(text)
                .replaceAll(found -> "_x%02X".formatted((int) found.group().charAt(0)));
    }

    /// The text that [#escaped] made one of.
    static String unescaped(String text) {
        if (text.indexOf("_x") < 0) {
            return text;
        }
        return ESCAPED.matcher(text)
                .replaceAll(found ->
                        Matcher.quoteReplacement(
                                Character.toString(
                                        Integer.parseInt(found.group(1).substring(0, 2), 16))));
    }

    private static String swapped(String text) {
        if (text.indexOf('/') < 0 && text.indexOf('.') < 0) {
            return text;
        }
        char[] letters = text.toCharArray();
        for (int i = 0; i < letters.length; i++) {
            letters[i] = letters[i] == '/' ? '.' : letters[i] == '.' ? '/' : letters[i];
        }
        return new String(letters);
    }

    /// The pattern of the subject exchange that fits at least the subjects of a filter's topics.
    static String pattern(String filter) {
        StringJoiner pattern = new StringJoiner(".");
        for (String level : filter.split("/", -1)) {
            pattern.add(
                    switch (level) {
                        case "+" -> "*";
                        case "#" -> "#";
                        default -> subject(level);
                    });
        }
        return pattern.toString();
    }

    /// @throws MqttException if nothing can be published there
    static void requireName(String topic) {
        boolean wrong = topic.isEmpty() || topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0;
        if (wrong || levels(topic) > MOST_LEVELS) {
            throw new MqttException(
                    ReasonCode.TOPIC_NAME_INVALID, "a topic with wildcards or too many levels");
        }
    }

    /// Whether a filter keeps to the rules of section 4.7.
    static boolean isFilter(String filter) {
        if (filter.isEmpty() || levels(filter) > MOST_LEVELS) {
            return false;
        }
        for (int i = 0; i < filter.length(); i++) {
            char letter = filter.charAt(i);
            boolean wildcard = letter == '+' || letter == '#';
            boolean first = i == 0 || filter.charAt(i - 1) == '/';
            boolean last = i == filter.length() - 1;
            boolean ends = last || (letter == '+' && filter.charAt(i + 1) == '/');
            if (wildcard && !(first && ends)) {
                return false;
            }
        }
        return true;
    }

    private static int levels(String topic) {
        int levels = 1;
        for (int i = 0; i < topic.length(); i++) {
            levels += topic.charAt(i) == '/' ? 1 : 0;
        }
        return levels;
    }

    /// Whether a topic is of a filter. A wildcard ahead is not for topics that begin with `$`.
    static boolean matches(String filter, String topic) {
        char first = filter.charAt(0);
        if ((first == '#' || first == '+') && topic.startsWith("$")) {
            return false;
        }
        int at = 0;
        int place = 0;
        while (place < filter.length()) {
            char wanted = filter.charAt(place);
            if (wanted == '#') {
                return true;
            }
            if (wanted == '+') {
                int end = topic.indexOf('/', at);
                at = end < 0 ? topic.length() : end;
                place++;
            } else if (at < topic.length() && topic.charAt(at) == wanted) {
                at++;
                place++;
            } else {
                // "a/#" is also for "a"
                return at == topic.length() && filter.startsWith("/#", place);
            }
        }
        return at == topic.length();
    }
}
