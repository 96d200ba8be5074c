package io.polylog.interop.crash;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What was stored in streams, what stands where in them, and what their subscriptions got. Any
/// thread.
final class StreamLedger {
    private final Consumer<String> wrong;
    private final Set<String> attempted = new HashSet<>();
    private final Map<String, Set<String>> confirmed = new LinkedHashMap<>();
    private final Map<String, SortedMap<Long, String>> everSeen = new HashMap<>();
    private final Map<String, SortedMap<Long, String>> places = new HashMap<>();
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

    private record Subscription(String stream, Predicate<String> owed, Set<String> got) {}

    /// @param wrong is told what breaks a promise
    StreamLedger(Consumer<String> wrong) {
        this.wrong = wrong;
    }

    synchronized void attempted(String stream, String id) {
        attempted.add(stream + "/" + id);
    }

    synchronized void confirmed(String stream, String id) {
        confirmed.computeIfAbsent(stream, _ -> new LinkedHashSet<>()).add(id);
    }

    /// From now on all is read for the last time: only what is found now is there.
    synchronized void looks() {
        places.clear();
    }

    /// A reader of a stream found a message.
    synchronized void stands(String stream, long offset, String id) {
        if (!attempted.contains(stream + "/" + id)) {
            wrong.accept(id + " in " + stream + " was never sent");
        }
        places.computeIfAbsent(stream, _ -> new TreeMap<>()).put(offset, id);
        String there = everSeen.computeIfAbsent(stream, _ -> new TreeMap<>()).put(offset, id);
        if (there != null && !there.equals(id)) {
            wrong.accept("offset %d of %s is %s and was %s".formatted(offset, stream, id, there));
        }
    }

    /// @param owed which messages it must get
    synchronized void subscribed(String subscription, String stream, Predicate<String> owed) {
        subscriptions.put(subscription, new Subscription(stream, owed, new HashSet<>()));
    }

    /// A subscription got a message.
    synchronized void came(String subscription, String id) {
        Subscription its = subscriptions.get(subscription);
        if (its == null || !attempted.contains(its.stream + "/" + id)) {
            wrong.accept(id + " in " + subscription + " was never sent");
        } else {
            its.got.add(id);
        }
    }

    /// What is there of a stream, by offset.
    synchronized SortedMap<Long, String> places(String stream) {
        return new TreeMap<>(places.getOrDefault(stream, new TreeMap<>()));
    }

    /// Everything that is wrong, once all streams were read and all subscriptions are empty.
    synchronized List<String> verdict() {
        List<String> all = new ArrayList<>();
        confirmed.forEach((stream, ids) -> {
            SortedMap<Long, String> there = places(stream);
            Map<String, Long> once = new HashMap<>();
            there.forEach((offset, id) -> {
                Long other = once.putIfAbsent(id, offset);
                if (other != null) {
                    all.add("%s is at %d and at %d of %s".formatted(id, other, offset, stream));
                }
            });
            ids.stream()
                    .filter(id -> !once.containsKey(id))
                    .forEach(id -> all.add(id + " was confirmed, and is lost in " + stream));
        });
        subscriptions.forEach((name, its) ->
                confirmed.getOrDefault(its.stream, Set.of()).stream()
                        .filter(id -> its.owed.test(id) && !its.got.contains(id))
                        .forEach(id -> all.add(id + " was confirmed, and never came to " + name)));
        return all;
    }

    /// What is wrong with a stream where each message was stored on a condition: the last offset,
    /// or the newest of its key, was to be what it expected.
    ///
    /// @param conditions what a message expects, null for nothing
    static List<String> broken(SortedMap<Long, String> places, Conditions conditions) {
        List<String> all = new ArrayList<>();
        Map<String, Long> newest = new HashMap<>();
        long last = -1;
        for (Map.Entry<Long, String> place : places.entrySet()) {
            String id = place.getValue();
            Condition condition = conditions.of(id);
            long is = condition.ofKey() ? newest.getOrDefault(condition.key(), -1L) : last;
            Long expected = condition.expected();
            if (expected != null && expected != is) {
                all.add(
                        "%s is at %d and expected %d, not %d"
                                .formatted(id, place.getKey(), expected, is));
            }
            newest.put(condition.key(), place.getKey());
            last = place.getKey();
        }
        return all;
    }

    /// Gives what a message expects.
    @FunctionalInterface
    interface Conditions {
        Condition of(String id);
    }

    /// What a message expects.
    ///
    /// @param ofKey whether of the newest of its key, else of the last at all
    /// @param expected null for nothing
    record Condition(String key, boolean ofKey, @Nullable Long expected) {}
}
