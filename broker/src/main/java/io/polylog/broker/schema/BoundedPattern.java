package io.polylog.broker.schema;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import com.networknt.schema.regex.RegularExpression;

/// A schema's regular expression in RE2's language: in time of the text's length times its own.
/// Immutable.
///
/// @param pattern as it was compiled
record BoundedPattern(Pattern pattern) implements RegularExpression {
    private static final int MOST_PROGRAM = 1_000;

    /// Steps of one search.
    private static final long MOST_STEPS = 8 << 20;

    /// @throws IllegalArgumentException if it is none, or too large
    static RegularExpression of(String text) {
        try {
            Pattern compiled = Pattern.compile(text);
            if (compiled.programSize() > MOST_PROGRAM) {
                throw new IllegalArgumentException("this pattern is too large: " + text);
            }
            return new BoundedPattern(compiled);
        } catch (PatternSyntaxException wrong) {
            throw new IllegalArgumentException(wrong.getMessage(), wrong);
        }
    }

    /// A text that is too long for its pattern does not match.
    @Override
    public boolean matches(String text) {
        return (long) text.length() * pattern.programSize() <= MOST_STEPS
                && pattern.matcher(text).find();
    }
}
