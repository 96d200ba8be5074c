package io.polylog.broker.shard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.routing.SubjectPattern;
import java.util.BitSet;
import java.util.List;

/// Which subjects of an index fit one of some patterns: each is looked at once. On the shard's
/// thread, with one index.
final class SubjectMatch {
    private static final String WORD = ".";

    private final SubjectPattern pattern;
    private final byte[] prefix;
    private final BitSet known = new BitSet();
    private final BitSet fitting = new BitSet();

    /// What was counted so far: from `from` on, below `to`.
    long from;

    long to;
    long count;

    /// @param patterns of dot-separated words, as a topic exchange has them
    SubjectMatch(List<String> patterns) {
        pattern = new SubjectPattern(patterns);
        prefix = prefix(patterns).getBytes(UTF_8);
    }

    /// Whether a pattern stands for itself only.
    static boolean isLiteral(String pattern) {
        return literal(pattern).length() == pattern.length();
    }

    /// What all subjects that may fit begin with.
    byte[] prefix() {
        return prefix;
    }

    private static String prefix(List<String> patterns) {
        String common = patterns.isEmpty() ? "" : literal(patterns.getFirst());
        for (String pattern : patterns) {
            String other = literal(pattern);
            int same = 0;
            int most = Math.min(common.length(), other.length());
            while (same < most && common.charAt(same) == other.charAt(same)) {
                same++;
            }
            common = common.substring(0, same);
        }
        // Half a character has no bytes.
        boolean cut =
                !common.isEmpty() && Character.isHighSurrogate(common.charAt(common.length() - 1));
        return cut ? common.substring(0, common.length() - 1) : common;
    }

    /// The words before the first wildcard.
    private static String literal(String pattern) {
        int from = 0;
        while (from <= pattern.length()) {
            int dot = pattern.indexOf(WORD, from);
            String word = pattern.substring(from, dot < 0 ? pattern.length() : dot);
            if (word.equals("*")) {
                return pattern.substring(0, from);
            }
            if (word.equals("#")) {
                // It stands for nothing too, and then for the dot before it.
                return pattern.substring(0, Math.max(0, from - 1));
            }
            if (dot < 0) {
                break;
            }
            from = dot + 1;
        }
        return pattern;
    }

    /// Whether a subject fits.
    boolean fits(SubjectIndex index, int number) {
        if (!known.get(number)) {
            known.set(number);
            fitting.set(number, pattern.matches(index.text(number)));
        }
        return fitting.get(number);
    }

    /// Numbers may stand for other subjects when it is used next.
    void forgetAll() {
        known.clear();
    }

    /// A number stands for another subject from now on.
    void forget(int number) {
        known.clear(number);
    }

    /// A message is gone.
    void removed(long offset, int number) {
        if (offset >= from && offset < to && known.get(number) && fitting.get(number)) {
            count--;
        }
    }

    /// Whether it is this very one.
    @SuppressWarnings("ReferenceEquality")
    boolean isSame(SubjectMatch other) {
        return this == other;
    }
}
