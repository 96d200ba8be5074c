package io.polylog.broker.live;

import io.polylog.broker.Mailbox;
import io.polylog.broker.routing.PatternTrie;
import io.polylog.broker.routing.Subjects;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Everybody who listens, of all sessions. Safe from any thread: a change is seen by whoever asks
/// after it.
public final class LiveTable {
    private volatile Snapshot newest = new Snapshot(0, HashTreePMap.empty());

    private record Snapshot(long version, PMap<String, PatternTrie<Listening>> namespaces) {
        PatternTrie<Listening> in(String namespace) {
            return namespaces.getOrDefault(namespace, PatternTrie.empty());
        }

        Snapshot with(String namespace, PatternTrie<Listening> patterns) {
            return new Snapshot(
                    version + 1,
                    patterns.isEmpty()
                            ? namespaces.minus(namespace)
                            : namespaces.plus(namespace, patterns));
        }
    }

    void add(String pattern, Listening listening) {
        change(listening.namespace(), patterns -> patterns.with(pattern, listening));
    }

    void remove(String pattern, Listening listening) {
        change(listening.namespace(), patterns -> patterns.without(pattern, listening));
    }

    private synchronized void change(String namespace, UnaryOperator<PatternTrie<Listening>> how) {
        newest = newest.with(namespace, how.apply(newest.in(namespace)));
    }

    /// Grows with each change.
    public long version() {
        return newest.version;
    }

    /// Who hears a message now.
    public Audience audience(Subjects subjects) {
        Snapshot now = newest;
        PatternTrie<Listening> patterns = now.namespaces.get(subjects.namespace());
        if (patterns == null) {
            return new Audience(now.version, List.of());
        }
        Set<Listening> all = new LinkedHashSet<>();
        subjects.keys().forEach(subject -> patterns.match(subject, all::add));
        Map<Mailbox, List<Listening>> byLoop = new LinkedHashMap<>();
        for (Listening each : all) {
            byLoop.computeIfAbsent(each.loop(), loop -> new ArrayList<>()).add(each);
        }
        List<Audience.Seats> seats = new ArrayList<>(byLoop.size());
        byLoop.forEach((loop, those) -> seats.add(new Audience.Seats(loop, those)));
        return new Audience(now.version, seats);
    }
}
