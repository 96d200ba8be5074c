package io.polylog.security;

import java.util.regex.Pattern;

/// A regular expression that is looked for in names which others choose, so that none of them can
/// make it take long: who needs more steps than a fair name does is not found. (Lookahead is wanted
/// to leave something out, so an engine of linear time, which has none, will not do.) Any thread.
final class NamePattern {
    private static final String ANYTHING = ".*";

    /// Characters looked at: `.*` twice over the longest name of a queue takes hundreds.
    private static final int MOST_STEPS = 20_000;

    private final String text;
    private final Pattern pattern;

    /// @param text Java's syntax; an empty one is found in nothing
    NamePattern(String text) {
        this.text = text;
        pattern = Pattern.compile(text);
    }

    boolean isFoundIn(String name) {
        if (text.isEmpty() || text.equals(ANYTHING)) {
            return !text.isEmpty();
        }
        try {
            return pattern.matcher(new Counted(name, new int[] {MOST_STEPS})).find();
        } catch (TooManySteps | StackOverflowError tooHard) {
            return false;
        }
    }

    private static final class TooManySteps extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooManySteps() {
            super(null, null, false, false);
        }
    }

    /// Counts the characters that are looked at; in one place for all parts of a name.
    private record Counted(CharSequence name, int[] left) implements CharSequence {
        @Override
        public int length() {
            return name.length();
        }

        @Override
        public char charAt(int index) {
            if (left[0]-- == 0) {
                throw new TooManySteps();
            }
            return name.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(name.subSequence(start, end), left);
        }

        @Override
        public String toString() {
            return name.toString();
        }
    }
}
