package io.polylog.broker.routing;

import java.util.List;

/// Patterns over dot-separated words, as a topic exchange has it: `*` stands for exactly one word,
/// `#` for any number of them, also none. Immutable.
public final class SubjectPattern {
    private static final Object HERE = new Object();

    private final PatternTrie<Object> trie;

    public SubjectPattern(List<String> patterns) {
        PatternTrie<Object> all = PatternTrie.empty();
        for (String pattern : patterns) {
            all = all.with(pattern, HERE);
        }
        trie = all;
    }

    /// Whether these words are of one of the patterns.
    public boolean matches(String subject) {
        return trie.leadsAnywhere(subject);
    }
}
