package io.polylog.broker;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The way of a message: where it was published to last, from which queues it went to the dead
/// letters before, and how often an operator sent it on.
///
/// @param origin where it was published to: by its sender, as a dead letter, or by an operator
/// @param rekeyed whether it was given other routing keys as a dead letter
/// @param first where it died first, or null of one that never did
/// @param deaths one for each queue and cause, the newest first
/// @param replay what operators did with it, or null of one that none sent on
public record Trail(
        Origin origin,
        boolean rekeyed,
        @Nullable Place first,
        List<Death> deaths,
        @Nullable Replay replay) {
    /// Deaths kept: beyond these the oldest are forgotten.
    private static final int MOST_DEATHS = 64;

    public Trail {
        deaths = List.copyOf(deaths);
    }

    /// Of a message that never died.
    public Trail(Origin origin) {
        this(origin, false, null, List.of());
    }

    /// Of a message that no operator sent on.
    public Trail(Origin origin, boolean rekeyed, @Nullable Place first, List<Death> deaths) {
        this(origin, rekeyed, first, deaths, null);
    }

    /// What operators did with a message.
    ///
    /// @param count how often it was sent on
    /// @param lastMs when for the last time, milliseconds since 1970
    /// @param by who did that
    /// @param deathsSince how many of the deaths, the newest, came after it
    public record Replay(long count, long lastMs, String by, int deathsSince) {
        private Replay died(boolean anotherDeath) {
            return new Replay(count, lastMs, by, deathsSince + (anotherDeath ? 1 : 0));
        }
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

        /// With one key.
        public static Origin of(String exchange, String key) {
            return new Origin(exchange, List.of(key), List.of());
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
    /// @param error what was said last of why it was not dealt with, "" for nothing
    public record Death(
            Place place,
            long count,
            long firstMs,
            List<String> keys,
            long timeToLiveMs,
            String error) {
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
    /// @param error what was said last of why it was not dealt with, "" for nothing
    /// @param timeMs when, milliseconds since 1970
    /// @param timeToLiveMs what it says of how long it may wait, or -1
    public Trail died(String queue, Cause cause, String error, long timeMs, long timeToLiveMs) {
        Place place = new Place(queue, cause, origin.exchange());
        Death now = new Death(place, 1, timeMs, origin.keys(), timeToLiveMs, error);
        List<Death> all = new ArrayList<>(deaths);
        boolean fresh = true;
        for (int i = 0; i < deaths.size(); i++) {
            Death before = deaths.get(i);
            if (before.isLike(place)) {
                fresh = i >= deathsThatCount();
                now =
                        new Death(
                                before.place,
                                before.count + 1,
                                before.firstMs,
                                before.keys,
                                before.timeToLiveMs,
                                error);
                all.remove(before);
            }
        }
        all.addFirst(now);
        return new Trail(
                origin,
                rekeyed,
                first == null ? place : first,
                all.subList(0, Math.min(all.size(), MOST_DEATHS)),
                replay == null ? null : replay.died(fresh));
    }

    /// The trail of the same message published as a dead letter.
    public Trail sentTo(Origin next, boolean otherKeys) {
        return new Trail(next, rekeyed || otherKeys, first, deaths, replay);
    }

    /// The trail of the same message that an operator sent on.
    ///
    /// @param next what it counts as published to
    /// @param by who
    /// @param timeMs when, milliseconds since 1970
    public Trail replayed(Origin next, String by, long timeMs) {
        long before = replay == null ? 0 : replay.count;
        return new Trail(next, rekeyed, first, deaths, new Replay(before + 1, timeMs, by, 0));
    }

    /// Whether nothing happened on it since the sender's publish.
    public boolean isPlain() {
        return deaths.isEmpty() && replay == null;
    }

    /// How many of the newest deaths nobody has looked at.
    private int deathsThatCount() {
        return replay == null ? deaths.size() : Math.min(replay.deathsSince, deaths.size());
    }

    /// Whether a message that just died would go round for ever if it went to that queue: it died
    /// there before, and since then nobody has rejected it or sent it on.
    public boolean circlesTo(String queue) {
        for (Death death : deaths.subList(0, deathsThatCount())) {
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
