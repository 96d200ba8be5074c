package io.polylog.broker.routing;

/// One pattern over dot-separated words, as a topic exchange has it: `*` stands for exactly one
/// word, `#` for any number of them, also none. Immutable.
public final class SubjectPattern {
    private static final Target HERE = new Target(false, "");

    private final PatternMatcher matcher;

    public SubjectPattern(String pattern) {
        matcher = PatternMatcher.EMPTY.with(pattern, HERE);
    }

    /// Whether these words are of the pattern.
    public boolean matches(String subject) {
        return matcher.leadsAnywhere(subject);
    }
}
