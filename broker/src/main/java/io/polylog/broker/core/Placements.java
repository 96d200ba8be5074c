package io.polylog.broker.core;

import io.polylog.broker.PublishListener.Placed;
import io.polylog.broker.machine.Result;
import io.polylog.message.TopicName;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/// Where those messages of a hand-over are whose senders ask. On the session's loop.
final class Placements {
    /// By place in what was handed over.
    private final Map<Integer, Asked> asked = new HashMap<>();

    private final Map<Integer, Placed> told = new HashMap<>();

    private record Asked(TopicName topic, int partition) {}

    /// A message asks about a partition that it goes to.
    void ask(int place, TopicName topic, int partition) {
        asked.put(place, new Asked(topic, partition));
    }

    /// Apply says where it is there.
    void tell(int place, Result.Placed placed) {
        Asked what = Objects.requireNonNull(asked.get(place));
        told.put(
                place, new Placed(what.topic, what.partition, placed.offset(), placed.duplicate()));
    }

    /// What apply has said, by place.
    Map<Integer, Placed> told() {
        return told;
    }
}
