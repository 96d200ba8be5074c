package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.live.Audience;
import io.polylog.broker.live.LiveOutlet.Copy;
import io.polylog.broker.routing.Subjects;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/// What of a hand-over goes to those who listen, once it is stored where it had to be. On the
/// session's loop, or the thread of who moves it.
final class LiveCopies {
    private static final int FIRST_PLACES = 8;

    private final Core core;
    private final List<Copy> all = new ArrayList<>(0);

    /// For each copy, where its message is in what was handed over.
    private int[] places = {};

    /// When all of it was handed over, in milliseconds since 1970.
    private long nowMs;

    LiveCopies(Core core) {
        this.core = core;
    }

    /// Notes a message.
    ///
    /// @param place in what was handed over
    void add(int place, Audience audience, Subjects subjects, Content content) {
        if (audience.isEmpty()) {
            return;
        }
        int next = all.size();
        if (next == 0) {
            nowMs = core.clock().wallMs();
        }
        if (next == places.length) {
            places = Arrays.copyOf(places, Math.max(FIRST_PLACES, 2 * next));
        }
        places[next] = place;
        all.add(new Copy(audience, subjects.keys().getFirst(), content, nowMs));
    }

    /// The copies of what is stored, in order.
    List<Copy> of(IntPredicate stored) {
        List<Copy> those = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            if (stored.test(places[i])) {
                those.add(all.get(i));
            }
        }
        return those;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }
}
