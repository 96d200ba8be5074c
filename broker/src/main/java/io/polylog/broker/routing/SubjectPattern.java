package io.polylog.broker.routing;

/// One pattern over dot-separated words, as a topic exchange has it: `*` stands for exactly one
/// word, `#` for any number of them, also none. Immutable.
public final class SubjectPattern {
    private static final Object HERE = new Object();

    private final PatternTrie<Object> trie;

    public SubjectPattern(String pattern) {
        trie = PatternTrie.empty().with(pattern, HERE);
    }

    /// Whether these words are of the pattern.
    public boolean matches(String subject) {
        return trie.leadsAnywhere(subject);
    }
}
