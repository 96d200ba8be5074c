package io.polylog.broker.filter;

import org.jspecify.annotations.Nullable;

/// SQL's LIKE: `%` stands for any characters, `_` for one. In time that grows with the product of
/// both lengths at most, whatever the pattern: a regular expression would try again and again.
/// Immutable.
final class Like {
    /// The header or field whose text is looked at.
    final String name;

    private final char[] chars;

    /// Where [#chars] has a wildcard, not the character itself.
    private final boolean[] wild;

    private final int length;

    /// @param escape before a `%` or `_` that stands for itself, or null
    Like(String name, String pattern, @Nullable Character escape) {
        this.name = name;
        chars = new char[pattern.length()];
        wild = new boolean[pattern.length()];
        int to = 0;
        for (int from = 0; from < pattern.length(); from++) {
            char next = pattern.charAt(from);
            boolean escaped = escape != null && next == escape && from + 1 < pattern.length();
            if (escaped) {
                next = pattern.charAt(++from);
            }
            wild[to] = !escaped && (next == '%' || next == '_');
            chars[to++] = next;
        }
        length = to;
    }

    /// Whether a value is such a text; null (unknown) where there is none.
    @Nullable Boolean of(@Nullable Object value) {
        return value == null ? null : value instanceof String text && matches(text);
    }

    /// When the text cannot go on, the last `%` takes one character more; those before it need not
    /// change.
    private boolean matches(String text) {
        int at = 0;
        int place = 0;
        int retryAt = -1;
        int retryPlace = 0;
        while (at < text.length()) {
            if (isAny(place)) {
                retryAt = at;
                retryPlace = ++place;
            } else if (place < length && takes(place, text.charAt(at))) {
                at++;
                place++;
            } else if (retryAt >= 0) {
                at = ++retryAt;
                place = retryPlace;
            } else {
                return false;
            }
        }
        while (isAny(place)) {
            place++;
        }
        return place == length;
    }

    private boolean isAny(int place) {
        return place < length && wild[place] && chars[place] == '%';
    }

    private boolean takes(int place, char next) {
        return wild[place] ? chars[place] == '_' : chars[place] == next;
    }
}
