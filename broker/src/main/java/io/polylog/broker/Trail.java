package io.polylog.broker;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The way of a message: where it was published to last, and from which queues it went to the dead
/// letters before.
///
/// @param origin where it was published to: by its sender, or as a dead letter
/// @param rekeyed whether it was given other routing keys as a dead letter
/// @param first where it died first, or null of one that never did
/// @param deaths one for each queue and cause, the newest first
public record Trail(Origin origin, boolean rekeyed, @Nullable Place first, List<Death> deaths) {
    /// Deaths kept: beyond these the oldest are forgotten.
    private static final int MOST_DEATHS = 64;

    public Trail {
        deaths = List.copyOf(deaths);
    }

    /// Of a message that never died.
    public Trail(Origin origin) {
        this(origin, false, null, List.of());
    }

    /// Where a message was published to.
    ///
    /// @param exchange its name, "" for the default one
    /// @param keys routing keys that receivers may see, at least one
    /// @param blind those that nobody sees
    public record Origin(String exchange, List<String> keys, List<String> blind) {
        public Origin {
            keys = List.copyOf(keys);
            blind = List.copyOf(blind);
        }
    }

    /// Why a message became a dead letter. The order is the log's: add at the end only.
    public enum Cause {
        /// A consumer did not want it.
        REJECTED,
        /// It waited longer than it may.
        EXPIRED,
        /// More waited than may.
        OVERFLOWED,
        /// It came back too often.
        EXHAUSTED;

        public static final List<Cause> ALL = List.of(values());
    }

    /// A place of death.
    ///
    /// @param queue its name
    /// @param cause why
    /// @param exchange where the message had been published to
    public record Place(String queue, Cause cause, String exchange) {}

    /// Deaths in one queue for one cause.
    ///
    /// @param place queue and cause, and where it had been published to then
    /// @param count how often
    /// @param firstMs when for the first time, milliseconds since 1970
    /// @param keys with which it had been published
    /// @param timeToLiveMs what it said of how long it may wait, or -1
    public record Death(
            Place place, long count, long firstMs, List<String> keys, long timeToLiveMs) {
        public Death {
            keys = List.copyOf(keys);
        }

        boolean isLike(Place other) {
            return place.queue().equals(other.queue()) && place.cause() == other.cause();
        }
    }

    /// The trail of the same message after it died once more.
    ///
    /// @param queue where
    /// @param cause why
    /// @param timeMs when, milliseconds since 1970
    /// @param timeToLiveMs what it says of how long it may wait, or -1
    public Trail died(String queue, Cause cause, long timeMs, long timeToLiveMs) {
        Place place = new Place(queue, cause, origin.exchange());
        Death now = new Death(place, 1, timeMs, origin.keys(), timeToLiveMs);
        List<Death> all = new ArrayList<>(deaths);
        for (Death before : deaths) {
            if (before.isLike(place)) {
                now =
                        new Death(
                                before.place,
                                before.count + 1,
                                before.firstMs,
                                before.keys,
                                before.timeToLiveMs);
                all.remove(before);
            }
        }
        all.addFirst(now);
        return new Trail(
                origin,
                rekeyed,
                first == null ? place : first,
                all.subList(0, Math.min(all.size(), MOST_DEATHS)));
    }

    /// The trail of the same message published as a dead letter.
    public Trail sentTo(Origin next, boolean otherKeys) {
        return new Trail(next, rekeyed || otherKeys, first, deaths);
    }

    /// Whether a message that just died would go round for ever if it went to that queue: it died
    /// there before, and nobody has rejected it since.
    public boolean circlesTo(String queue) {
        for (Death death : deaths) {
            if (death.place.cause() == Cause.REJECTED) {
                return false;
            }
            if (death.place.queue().equals(queue)) {
                return true;
            }
        }
        return false;
    }
}
