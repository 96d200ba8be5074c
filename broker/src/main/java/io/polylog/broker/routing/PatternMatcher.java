package io.polylog.broker.routing;

import io.polylog.broker.Binding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// By pattern over dot-separated words, in a trie of words: `*` stands for exactly one word, `#`
/// for any number of them, also none.
///
/// Matching walks the trie as a set of places, one step a word, so its cost is bounded by words
/// times places however many `#` a pattern has.
record PatternMatcher(Node root) implements Matcher {
    static final PatternMatcher EMPTY =
            new PatternMatcher(new Node(false, Targets.NONE, HashTreePMap.empty()));

    private static final String ONE = "*";
    private static final String ANY = "#";

    @Override
    public Matcher with(Binding binding) {
        return with(binding.key(), Matcher.target(binding));
    }

    PatternMatcher with(String pattern, Target target) {
        return new PatternMatcher(root.with(words(pattern), 0, target));
    }

    @Override
    public Matcher without(Binding binding) {
        return new PatternMatcher(root.without(words(binding.key()), 0, Matcher.target(binding)));
    }

    @Override
    public boolean byKeysAlone() {
        return true;
    }

    @Override
    public void match(Lookup message, Consumer<Target> sink) {
        message.keys().forEach(key -> match(key, sink));
    }

    private void match(String key, Consumer<Target> sink) {
        for (Node place : endsOf(key)) {
            place.here.all().forEach(sink);
        }
    }

    /// Whether some pattern matches a key.
    boolean leadsAnywhere(String key) {
        return endsOf(key).stream().anyMatch(place -> !place.here.isEmpty());
    }

    private Set<Node> endsOf(String key) {
        Set<Node> places = newPlaces();
        root.enter(places);
        for (String word : words(key)) {
            Set<Node> after = newPlaces();
            for (Node place : places) {
                place.step(word, after);
            }
            places = after;
        }
        return places;
    }

    private static Set<Node> newPlaces() {
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
    /// @param here the targets of patterns that end here
    /// @param next the places that may follow, by word
    record Node(boolean loops, Targets here, PMap<String, Node> next) {

        Node with(List<String> words, int at, Target target) {
            if (at == words.size()) {
                return new Node(loops, here.with(target), next);
            }
            String word = words.get(at);
            Node child = next.get(word);
            if (child == null) {
                child = new Node(word.equals(ANY), Targets.NONE, HashTreePMap.empty());
            }
            return new Node(loops, here, next.plus(word, child.with(words, at + 1, target)));
        }

        Node without(List<String> words, int at, Target target) {
            if (at == words.size()) {
                return new Node(loops, here.without(target), next);
            }
            String word = words.get(at);
            Node child = next.get(word);
            if (child == null) {
                return this;
            }
            Node left = child.without(words, at + 1, target);
            boolean empty = left.here.isEmpty() && left.next.isEmpty();
            return new Node(loops, here, empty ? next.minus(word) : next.plus(word, left));
        }

        /// Adds this place, and those a `#` opens without a word.
        void enter(Set<Node> places) {
            if (!places.add(this)) {
                return;
            }
            Node any = next.get(ANY);
            if (any != null) {
                any.enter(places);
            }
        }

        /// Adds the places one word leads to from here.
        void step(String word, Set<Node> after) {
            if (loops) {
                enter(after);
            }
            Node one = next.get(ONE);
            if (one != null) {
                one.enter(after);
            }
            Node exact = word.equals(ONE) || word.equals(ANY) ? null : next.get(word);
            if (exact != null) {
                exact.enter(after);
            }
        }
    }
}
