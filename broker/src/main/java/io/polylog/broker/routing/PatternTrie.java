package io.polylog.broker.routing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Patterns over dot-separated words, and what each leads to, in a trie of words: `*` stands for
/// exactly one word, `#` for any number of them, also none. Immutable.
///
/// Matching walks the trie as a set of places, one step a word, so its cost is bounded by words
/// times places however many `#` a pattern has.
public final class PatternTrie<T> {
    private static final String ONE = "*";
    private static final String ANY = "#";

    private final Node<T> root;

    /// What the newest walk found. Threads may overwrite each other's: each value is true.
    private @Nullable Stem<T> last;

    /// @param words some words, with dots
    /// @param ends the places they lead to; not changed any more
    private record Stem<T>(String words, List<Node<T>> ends) {}

    private PatternTrie(Node<T> root) {
        this.root = root;
    }

    /// Without patterns.
    public static <T> PatternTrie<T> empty() {
        return new PatternTrie<>(Node.empty(false));
    }

    /// With one pattern more; the same may lead to the same several times.
    public PatternTrie<T> with(String pattern, T target) {
        return new PatternTrie<>(root.with(words(pattern), 0, target));
    }

    /// With one pattern less; it was there.
    public PatternTrie<T> without(String pattern, T target) {
        return new PatternTrie<>(root.without(words(pattern), 0, target));
    }

    /// Whether it has no patterns.
    public boolean isEmpty() {
        return root.isEmpty();
    }

    /// Hands what the patterns that fit a key lead to to `sink`, perhaps more than once.
    public void match(String key, Consumer<T> sink) {
        for (Node<T> place : endsOf(key)) {
            place.here.forEach(sink);
        }
    }

    /// Whether some pattern fits a key.
    public boolean leadsAnywhere(String key) {
        for (Node<T> place : endsOf(key)) {
            if (!place.here.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private List<Node<T>> endsOf(String key) {
        int dot = key.lastIndexOf('.');
        if (dot < 0) {
            List<Node<T>> start = entered().all();
            return key.isEmpty() ? start : after(start, key);
        }
        List<Node<T>> before = stem(key, dot).ends;
        return before.isEmpty() ? before : after(before, key.substring(dot + 1));
    }

    /// Where all words of a key but the last lead. Keys that follow each other often differ in that
    /// one alone.
    private Stem<T> stem(String key, int end) {
        Stem<T> known = last;
        if (known == null || known.words.length() != end || !key.startsWith(known.words)) {
            known = walked(key.substring(0, end));
            last = known;
        }
        return known;
    }

    private Stem<T> walked(String key) {
        List<Node<T>> places = entered().all();
        for (int from = 0; from >= 0 && !places.isEmpty(); ) {
            int dot = key.indexOf('.', from);
            places = after(places, dot < 0 ? key.substring(from) : key.substring(from, dot));
            from = dot < 0 ? -1 : dot + 1;
        }
        return new Stem<>(key, places);
    }

    private Places<Node<T>> entered() {
        Places<Node<T>> places = new Places<>();
        root.enter(places);
        return places;
    }

    private static <T> List<Node<T>> after(List<Node<T>> before, String word) {
        Places<Node<T>> after = new Places<>();
        for (int i = 0; i < before.size(); i++) {
            before.get(i).step(word, after);
        }
        return after.all();
    }

    /// The words of a key: one more than it has dots; the empty key has none.
    static List<String> words(String key) {
        List<String> words = new ArrayList<>();
        if (key.isEmpty()) {
            return words;
        }
        int from = 0;
        for (int dot = key.indexOf('.'); dot >= 0; dot = key.indexOf('.', from)) {
            words.add(key.substring(from, dot));
            from = dot + 1;
        }
        words.add(key.substring(from));
        return words;
    }

    /// One place in the trie. What the two wildcards lead to stands beside the words: matching asks
    /// for it at every step.
    ///
    /// @param loops whether a `#` leads here: the place then outlives any word
    /// @param here what patterns that end here lead to
    /// @param any where a `#` leads
    /// @param one where a `*` leads
    /// @param next the places that may follow, by word
    private record Node<T>(
            boolean loops,
            Bag<T> here,
            @Nullable Node<T> any,
            @Nullable Node<T> one,
            PMap<String, Node<T>> next) {

        static <T> Node<T> empty(boolean loops) {
            return new Node<>(loops, Bag.empty(), null, null, HashTreePMap.empty());
        }

        boolean isEmpty() {
            return here.isEmpty() && any == null && one == null && next.isEmpty();
        }

        private @Nullable Node<T> child(String word) {
            return switch (word) {
                case ANY -> any;
                case ONE -> one;
                default -> next.get(word);
            };
        }

        private Node<T> with(String word, @Nullable Node<T> child) {
            return switch (word) {
                case ANY -> new Node<>(loops, here, child, one, next);
                case ONE -> new Node<>(loops, here, any, child, next);
                default ->
                        new Node<>(
                                loops,
                                here,
                                any,
                                one,
                                child == null ? next.minus(word) : next.plus(word, child));
            };
        }

        Node<T> with(List<String> words, int at, T target) {
            if (at == words.size()) {
                return new Node<>(loops, here.with(target), any, one, next);
            }
            String word = words.get(at);
            Node<T> child = child(word);
            Node<T> there = child == null ? empty(word.equals(ANY)) : child;
            return with(word, there.with(words, at + 1, target));
        }

        Node<T> without(List<String> words, int at, T target) {
            if (at == words.size()) {
                return new Node<>(loops, here.without(target), any, one, next);
            }
            String word = words.get(at);
            Node<T> child = child(word);
            if (child == null) {
                return this;
            }
            Node<T> left = child.without(words, at + 1, target);
            return with(word, left.isEmpty() ? null : left);
        }

        /// Adds this place, and those a `#` opens without a word.
        void enter(Places<Node<T>> places) {
            if (places.add(this) && any != null) {
                any.enter(places);
            }
        }

        /// Adds the places one word leads to from here.
        void step(String word, Places<Node<T>> after) {
            if (loops) {
                enter(after);
            }
            if (one != null) {
                one.enter(after);
            }
            Node<T> exact = next.get(word);
            if (exact != null) {
                exact.enter(after);
            }
        }
    }
}
