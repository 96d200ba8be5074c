package io.polylog.broker.core;

import io.polylog.broker.PublishListener;
import io.polylog.broker.PublishListener.Conflict;
import io.polylog.broker.PublishListener.Limit;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.PublishListener.Outcomes;
import io.polylog.broker.PublishListener.Placed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The outcomes of a hand-over that is published piece by piece, in order. On the session's loop.
final class Pieces {
    private final int size;
    private final PublishListener listener;
    private final List<Outcome> all = new ArrayList<>();
    private final Map<Integer, Conflict> conflicts = new HashMap<>(0);
    private final Map<Integer, Placed> placements = new HashMap<>(0);
    private final Map<Integer, Limit> limits = new HashMap<>(0);
    private final Map<Integer, String> problems = new HashMap<>(0);

    /// @param size of the whole
    /// @param listener hears of it once, when all of it is decided
    Pieces(int size, PublishListener listener) {
        this.size = size;
        this.listener = listener;
    }

    /// The next so many are decided.
    void decided(Outcomes outcomes, int count) {
        for (int i = 0; i < count; i++) {
            int place = all.size();
            Conflict conflict = outcomes.conflict(i);
            Placed placed = outcomes.placed(i);
            if (conflict != null) {
                conflicts.put(place, conflict);
            }
            Limit limit = outcomes.limit(i);
            if (limit != null) {
                limits.put(place, limit);
            }
            String problem = outcomes.problem(i);
            if (problem != null) {
                problems.put(place, problem);
            }
            if (placed != null) {
                placements.put(place, placed);
            }
            all.add(outcomes.at(i));
        }
        if (all.size() == size) {
            listener.decided(new Outcomes.Listed(all, conflicts, placements, limits, problems));
        }
    }
}
