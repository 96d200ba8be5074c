package io.polylog.protocol.amqp091;

import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.Trail.Place;
import io.polylog.broker.Trail.Replay;
import io.polylog.protocol.amqp091.AmqpProperties.Property;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the way of a message tells an AMQP receiver: of a dead letter the headers x-death,
/// x-first-death-* and x-last-death-* as RabbitMQ has them, with what was said last of it as
/// x-polylog-last-error, and of what an operator sent on x-polylog-replay.
final class DeathHeaders {
    private DeathHeaders() {}

    /// The properties of a message that came along a trail. Its own time to live is over: it stands
    /// in the history, and the property is gone. With other keys than its sender's, so are the
    /// sender's copies.
    ///
    /// @param properties as they are stored
    static byte[] list(AmqpProperties properties, Trail trail) {
        Map<String, @Nullable Object> deaths = of(trail);
        boolean expires = properties.text(Property.EXPIRATION) != null;
        boolean loses = (expires && !trail.deaths().isEmpty()) || trail.rekeyed();
        if (!loses) {
            return properties.withHeaders(deaths);
        }
        EnumMap<Property, Object> values = properties.values();
        values.remove(Property.EXPIRATION);
        Map<String, @Nullable Object> headers = new LinkedHashMap<>(properties.headers());
        if (trail.rekeyed()) {
            headers.remove(TableScan.CC);
        }
        headers.putAll(deaths);
        values.put(Property.HEADERS, headers);
        return AmqpProperties.list(values);
    }

    private static Map<String, @Nullable Object> of(Trail trail) {
        Map<String, @Nullable Object> headers = new LinkedHashMap<>();
        Replay replay = trail.replay();
        if (replay != null) {
            headers.put("x-polylog-replay", table(replay));
        }
        if (trail.deaths().isEmpty()) {
            return headers;
        }
        List<Object> deaths = new ArrayList<>();
        trail.deaths().forEach(death -> deaths.add(table(death)));
        headers.put("x-death", deaths);
        Place first = trail.first();
        if (first != null) {
            place(headers, "x-first-death-", first);
        }
        Death last = trail.deaths().getFirst();
        place(headers, "x-last-death-", last.place());
        if (!last.error().isEmpty()) {
            headers.put("x-polylog-last-error", last.error());
        }
        return headers;
    }

    private static void place(Map<String, @Nullable Object> headers, String prefix, Place place) {
        headers.put(prefix + "exchange", place.exchange());
        headers.put(prefix + "queue", place.queue());
        headers.put(prefix + "reason", reason(place.cause()));
    }

    private static Map<String, @Nullable Object> table(Replay replay) {
        Map<String, @Nullable Object> table = new LinkedHashMap<>();
        table.put("count", replay.count());
        table.put("time", Instant.ofEpochMilli(replay.lastMs()));
        table.put("by", replay.by());
        return table;
    }

    private static Map<String, @Nullable Object> table(Death death) {
        Map<String, @Nullable Object> table = new LinkedHashMap<>();
        table.put("count", death.count());
        table.put("exchange", death.place().exchange());
        table.put("queue", death.place().queue());
        table.put("reason", reason(death.place().cause()));
        table.put("routing-keys", death.keys());
        table.put("time", Instant.ofEpochMilli(death.firstMs()));
        if (death.timeToLiveMs() >= 0) {
            table.put("original-expiration", Long.toString(death.timeToLiveMs()));
        }
        return table;
    }

    private static String reason(Cause cause) {
        return switch (cause) {
            case REJECTED -> "rejected";
            case EXPIRED -> "expired";
            case OVERFLOWED -> "maxlen";
            case EXHAUSTED -> "delivery_limit";
        };
    }
}
