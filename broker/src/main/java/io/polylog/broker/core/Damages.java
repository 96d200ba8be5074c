package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Topic;
import io.polylog.log.RecordStore.Damage;
import io.polylog.message.TopicName;
import io.polylog.metrics.Counter;
import io.polylog.metrics.Metrics;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What readers and consumers found that cannot be read: told to the operator once, with its place,
/// and counted once. Any thread.
final class Damages {
    private static final Logger log = LoggerFactory.getLogger(Damages.class);

    /// Ranges remembered; beyond, what was told may be told again.
    private static final int MOST = 10_000;

    private final Counter unreadable;
    private final Set<Place> told = new HashSet<>();

    private record Place(TopicName topic, int partition, long end, String place) {}

    Damages(Metrics metrics) {
        unreadable =
                metrics.counter(
                        "polylog.messages.unreadable",
                        "Offsets whose messages cannot be read: their checksum on the disk is"
                                + " wrong. Counted when a reader or consumer first comes by.");
    }

    /// A range was found.
    ///
    /// @return what to tell a client: the place on the disk is not its business
    BrokerException found(Topic topic, int partition, Damage damage) {
        TopicName name = topic.spec().name();
        long last = damage.endOffset() - 1;
        if (isNew(new Place(name, partition, damage.endOffset(), damage.place()))) {
            unreadable.add(damage.endOffset() - damage.firstOffset());
            log.error(
                    "{} partition {}: offsets {} to {} cannot be read: {}",
                    name,
                    partition,
                    damage.firstOffset(),
                    last,
                    damage.place());
        }
        return new BrokerException(
                Kind.DAMAGED,
                "messages of '%s' are damaged on the disk: partition %d, offsets %d to %d"
                        .formatted(name.name(), partition, damage.firstOffset(), last));
    }

    private synchronized boolean isNew(Place place) {
        if (told.size() == MOST) {
            told.clear();
        }
        return told.add(place);
    }
}
