package io.polylog.broker.core;

import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Operations.Group;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Place;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts messages by why and where they died last. Used by one thread.
final class Groups {
    private static final int MOST_GROUPS = 1_000;
    private static final Key OTHER = new Key(null, null);

    private final Map<Key, Group> groups = new LinkedHashMap<>();

    private record Key(@Nullable Cause cause, @Nullable String origin) {}

    /// Adds one; wants more.
    boolean add(Seen seen) {
        Place death = Choice.death(seen);
        Key key = death == null ? OTHER : new Key(death.cause(), death.queue());
        if (groups.size() >= MOST_GROUPS && !groups.containsKey(key)) {
            key = OTHER;
        }
        Group one = new Group(key.cause, key.origin, 1, seen.timeMs(), seen.timeMs());
        groups.merge(key, one, Groups::plus);
        return true;
    }

    private static Group plus(Group a, Group b) {
        return new Group(
                a.cause(),
                a.origin(),
                a.count() + b.count(),
                Math.min(a.oldestMs(), b.oldestMs()),
                Math.max(a.newestMs(), b.newestMs()));
    }

    /// The largest first.
    List<Group> all() {
        return groups.values().stream()
                .sorted(Comparator.comparingLong(Group::count).reversed())
                .toList();
    }
}
