package io.polylog.broker.routing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
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

    private PatternTrie(Node<T> root) {
        this.root = root;
    }

    /// Without patterns.
    public static <T> PatternTrie<T> empty() {
        return new PatternTrie<>(new Node<>(false, Bag.empty(), HashTreePMap.empty()));
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
        return root.here.isEmpty() && root.next.isEmpty();
    }

    /// Hands what the patterns that fit a key lead to to `sink`, perhaps more than once.
    public void match(String key, Consumer<T> sink) {
        for (Node<T> place : endsOf(key)) {
            place.here.all().forEach(sink);
        }
    }

    /// Whether some pattern fits a key.
    public boolean leadsAnywhere(String key) {
        return endsOf(key).stream().anyMatch(place -> !place.here.isEmpty());
    }

    private Set<Node<T>> endsOf(String key) {
        Set<Node<T>> places = newPlaces();
        root.enter(places);
        for (String word : words(key)) {
            Set<Node<T>> after = newPlaces();
            for (Node<T> place : places) {
                place.step(word, after);
            }
            places = after;
        }
        return places;
    }

    private static <T> Set<Node<T>> newPlaces() {
        return Collections.newSetFromMap(new IdentityHashMap<>(8));
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

    /// One place in the trie.
    ///
    /// @param loops whether a `#` leads here: the place then outlives any word
    /// @param here what patterns that end here lead to
    /// @param next the places that may follow, by word
    private record Node<T>(boolean loops, Bag<T> here, PMap<String, Node<T>> next) {

        Node<T> with(List<String> words, int at, T target) {
            if (at == words.size()) {
                return new Node<>(loops, here.with(target), next);
            }
            String word = words.get(at);
            Node<T> child = next.get(word);
            if (child == null) {
                child = new Node<>(word.equals(ANY), Bag.empty(), HashTreePMap.empty());
            }
            return new Node<>(loops, here, next.plus(word, child.with(words, at + 1, target)));
        }

        Node<T> without(List<String> words, int at, T target) {
            if (at == words.size()) {
                return new Node<>(loops, here.without(target), next);
            }
            String word = words.get(at);
            Node<T> child = next.get(word);
            if (child == null) {
                return this;
            }
            Node<T> left = child.without(words, at + 1, target);
            boolean empty = left.here.isEmpty() && left.next.isEmpty();
            return new Node<>(loops, here, empty ? next.minus(word) : next.plus(word, left));
        }

        /// Adds this place, and those a `#` opens without a word.
        void enter(Set<Node<T>> places) {
            if (!places.add(this)) {
                return;
            }
            Node<T> any = next.get(ANY);
            if (any != null) {
                any.enter(places);
            }
        }

        /// Adds the places one word leads to from here.
        void step(String word, Set<Node<T>> after) {
            if (loops) {
                enter(after);
            }
            Node<T> one = next.get(ONE);
            if (one != null) {
                one.enter(after);
            }
            Node<T> exact = word.equals(ONE) || word.equals(ANY) ? null : next.get(word);
            if (exact != null) {
                exact.enter(after);
            }
        }
    }
}
