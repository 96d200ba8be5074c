package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.live.Audience;
import io.polylog.broker.live.LiveOutlet.Copy;
import io.polylog.broker.routing.Subjects;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// What of a hand-over goes to those who listen, once it is stored where it had to be. On the
/// session's loop, or the thread of who moves it.
final class LiveCopies {
    private final Core core;
    private final List<Placed> all = new ArrayList<>(0);

    private record Placed(int place, Copy copy) {}

    LiveCopies(Core core) {
        this.core = core;
    }

    /// Notes a message.
    ///
    /// @param place in what was handed over
    void add(int place, Audience audience, Subjects subjects, Content content) {
        if (!audience.isEmpty()) {
            long nowMs = core.clock().wallMs();
            all.add(
                    new Placed(
                            place, new Copy(audience, subjects.keys().getFirst(), content, nowMs)));
        }
    }

    /// The copies of what is stored, in order.
    List<Copy> of(IntPredicate stored) {
        return all.stream().filter(each -> stored.test(each.place)).map(Placed::copy).toList();
    }

    boolean isEmpty() {
        return all.isEmpty();
    }
}
