package io.polylog.broker.live;

import io.polylog.broker.LiveListener;
import io.polylog.broker.Mailbox;
import io.polylog.broker.routing.PatternTrie;
import io.polylog.broker.routing.Subjects;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Everybody who listens, of all sessions. Safe from any thread: a change is seen by whoever asks
/// after it.
public final class LiveTable {
    /// The sender of what no session publishes.
    public static final long NOBODY = -1;

    /// Groups begin with another member each time they are looked up.
    private final AtomicInteger starts = new AtomicInteger();

    private volatile Snapshot newest = new Snapshot(0, HashTreePMap.empty());

    private record Snapshot(long version, PMap<String, PatternTrie<Ear>> namespaces) {
        PatternTrie<Ear> in(String namespace) {
            return namespaces.getOrDefault(namespace, PatternTrie.empty());
        }

        Snapshot with(String namespace, PatternTrie<Ear> patterns) {
            return new Snapshot(
                    version + 1,
                    patterns.isEmpty()
                            ? namespaces.minus(namespace)
                            : namespaces.plus(namespace, patterns));
        }
    }

    /// What a pattern leads to.
    ///
    /// @param shared the pattern, where it is listened to in a group; else null
    private record Ear(Listening listening, @Nullable String shared) {
        static Ear of(String pattern, Listening listening) {
            return new Ear(listening, listening.group() == null ? null : pattern);
        }
    }

    /// The members of one group of one pattern hear a message once between them.
    private record GroupKey(String pattern, @Nullable String group) {}

    void add(String pattern, Listening listening) {
        Ear ear = Ear.of(pattern, listening);
        change(listening.namespace(), patterns -> patterns.with(pattern, ear));
    }

    void remove(String pattern, Listening listening) {
        Ear ear = Ear.of(pattern, listening);
        change(listening.namespace(), patterns -> patterns.without(pattern, ear));
    }

    private synchronized void change(String namespace, UnaryOperator<PatternTrie<Ear>> how) {
        newest = newest.with(namespace, how.apply(newest.in(namespace)));
    }

    /// Grows with each change.
    public long version() {
        return newest.version;
    }

    /// Whether a subject leads to anybody now.
    public boolean isHeard(String namespace, String subject) {
        boolean[] heard = {false};
        newest.in(namespace).match(subject, _ -> heard[0] = true);
        return heard[0];
    }

    /// Those of one session that a subject leads to now.
    public List<LiveListener> listening(String namespace, String subject, long session) {
        Set<LiveListener> found = new LinkedHashSet<>();
        newest.in(namespace)
                .match(
                        subject,
                        ear -> {
                            if (ear.listening.isOf(session)) {
                                found.add(ear.listening.listener());
                            }
                        });
        return List.copyOf(found);
    }

    /// The one of a session that a subject leads to now, where it leads to nobody else and it is in
    /// no group; else null.
    public @Nullable LiveListener listeningAlone(String namespace, String subject, long session) {
        Alone alone = new Alone(session);
        newest.in(namespace).match(subject, alone::meet);
        return alone.others || alone.found == null ? null : alone.found.listener();
    }

    private static final class Alone {
        private final long session;
        private @Nullable Listening found;
        private boolean others;

        Alone(long session) {
            this.session = session;
        }

        void meet(Ear ear) {
            boolean first = found == null || found == ear.listening;
            others |= !first || ear.shared != null || !ear.listening.isOf(session);
            found = ear.listening;
        }
    }

    /// Who hears a message now.
    ///
    /// @param sender id of the session that publishes it, or [#NOBODY]
    public Audience audience(Subjects subjects, long sender) {
        Snapshot now = newest;
        PatternTrie<Ear> patterns = now.namespaces.get(subjects.namespace());
        if (patterns == null) {
            return new Audience(now.version, List.of(), List.of());
        }
        Set<Ear> all = new LinkedHashSet<>();
        subjects.keys().forEach(subject -> patterns.match(subject, all::add));
        Map<Mailbox, List<Listening>> byLoop = new LinkedHashMap<>();
        Map<GroupKey, List<Listening>> byGroup = new LinkedHashMap<>(0);
        for (Ear ear : all) {
            Listening each = ear.listening;
            if (!each.hears(sender)) {
                continue;
            }
            if (ear.shared == null) {
                byLoop.computeIfAbsent(each.loop(), _ -> new ArrayList<>()).add(each);
            } else {
                GroupKey group = new GroupKey(ear.shared, each.group());
                byGroup.computeIfAbsent(group, _ -> new ArrayList<>(2)).add(each);
            }
        }
        List<Audience.Seats> seats = new ArrayList<>(byLoop.size());
        byLoop.forEach((loop, those) -> seats.add(new Audience.Seats(loop, those)));
        List<Audience.Group> groups = new ArrayList<>(byGroup.size());
        byGroup.values()
                .forEach(those -> groups.add(new Audience.Group(those, starts.getAndIncrement())));
        return new Audience(now.version, seats, groups);
    }
}
