package io.polylog.protocol.stomp;

import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Death;
import io.polylog.broker.Trail.Place;
import io.polylog.protocol.stomp.StompFrame.Headers;

/// What the way of a dead letter tells a STOMP receiver: the headers x-first-death-* and
/// x-last-death-*, as with RabbitMQ's plugin, which leaves out the array x-death since STOMP has
/// text only; and what was said last of it as x-polylog-last-error. Stateless; any thread.
final class DeathHeaders {
    private DeathHeaders() {}

    /// A message with the headers of its trail. Its own time to live is over, and the header gone.
    ///
    /// @param trail with one death at least
    static StompContent added(StompContent content, Trail trail) {
        Headers headers = new Headers();
        Death last = trail.deaths().getFirst();
        Place first = trail.first();
        place(headers, "x-first-death-", first == null ? last.place() : first);
        place(headers, "x-last-death-", last.place());
        if (!last.error().isEmpty()) {
            StompMapping.add(headers, "x-polylog-last-error", last.error());
        }
        Headers own = content.headers();
        for (int i = 0; i < own.size(); i++) {
            String name = own.name(i);
            if (!name.equals(StompMapping.EXPIRATION) && headers.first(name) == null) {
                headers.add(name, own.value(i));
            }
        }
        return StompContent.wrap(StompContent.of(content.destination(), headers, content.body()));
    }

    private static void place(Headers headers, String prefix, Place place) {
        StompMapping.add(headers, prefix + "exchange", place.exchange());
        StompMapping.add(headers, prefix + "queue", place.queue());
        StompMapping.add(headers, prefix + "reason", reason(place.cause()));
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
