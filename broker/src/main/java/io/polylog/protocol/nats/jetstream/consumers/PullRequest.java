package io.polylog.protocol.nats.jetstream.consumers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.Json;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/// Somebody wants messages. On the home loop.
public final class PullRequest {
    /// How long one that does not wait may wait for what is there.
    private static final long SHORT_MS = 1000;

    private final String inbox;
    private Rank rank;
    private final long expiresMs;
    private final long expiresAtMs;
    private final boolean noWait;
    private final long heartbeatMs;
    private long left;
    private long bytesLeft;
    private long quietSinceMs;

    /// Where it stands among others of its group.
    ///
    /// @param group of the consumer, or ""
    /// @param minPending messages that must wait for it to be served
    /// @param minUnacked messages that must be unacknowledged, or else
    /// @param pin that says that it is the one that gets all, or ""
    /// @param priority the smallest is served first
    record Rank(String group, long minPending, long minUnacked, String pin, int priority) {
        private static Rank of(ObjectNode asked) {
            return new Rank(
                    asked.path("group").asString(""),
                    asked.path("min_pending").asLong(0),
                    asked.path("min_ack_pending").asLong(0),
                    asked.path("id").asString(""),
                    asked.path("priority").asInt(0));
        }
    }

    private PullRequest(String inbox, ObjectNode asked, long nowMs) {
        this.inbox = inbox;
        rank = Rank.of(asked);
        left = Math.max(1, asked.path("batch").asLong(1));
        expiresMs = TimeUnit.NANOSECONDS.toMillis(asked.path("expires").asLong(0));
        noWait = asked.path("no_wait").asBoolean(false);
        long patienceMs = expiresMs == 0 && noWait ? SHORT_MS : expiresMs;
        expiresAtMs = patienceMs > 0 ? nowMs + patienceMs : Long.MAX_VALUE;
        heartbeatMs = TimeUnit.NANOSECONDS.toMillis(asked.path("idle_heartbeat").asLong(0));
        long most = asked.path("max_bytes").asLong(0);
        bytesLeft = most > 0 ? most : Long.MAX_VALUE;
        quietSinceMs = nowMs;
        if (heartbeatMs > 0 && 2 * heartbeatMs > expiresMs) {
            throw ApiError.BAD_REQUEST.of("heartbeat value too large");
        }
    }

    /// Reads one: nothing for one message, a number, or an object.
    ///
    /// @throws ApiException where it is none of these
    static PullRequest read(byte[] payload, String inbox, long nowMs) {
        String text = new String(payload, UTF_8).strip();
        ObjectNode asked = Json.object();
        if (text.startsWith("{")) {
            asked = Json.read(payload);
        } else if (!text.isEmpty()) {
            try {
                asked.put("batch", Long.parseLong(text));
            } catch (NumberFormatException none) {
                throw ApiError.BAD_REQUEST.plain();
            }
        }
        return new PullRequest(inbox, asked, nowMs);
    }

    Rank rank() {
        return rank;
    }

    /// It is the one that gets all.
    void pinTo(String pin) {
        rank = new Rank(rank.group, rank.minPending, rank.minUnacked, pin, rank.priority);
    }

    String inbox() {
        return inbox;
    }

    boolean isNoWait() {
        return noWait;
    }

    boolean hasHeartbeat() {
        return heartbeatMs > 0;
    }

    long left() {
        return left;
    }

    /// Whether a message of that size may come.
    boolean takes(long bytes) {
        return bytes <= bytesLeft;
    }

    /// One came.
    void took(long bytes, long nowMs) {
        left--;
        quietSinceMs = nowMs;
        if (isLimited()) {
            bytesLeft -= bytes;
        }
    }

    /// 0 for never.
    long expiresMs() {
        return expiresMs;
    }

    long bytesLeft() {
        return bytesLeft;
    }

    /// Whether it said how many bytes it takes.
    boolean isLimited() {
        return bytesLeft != Long.MAX_VALUE;
    }

    boolean isOver(long nowMs) {
        return nowMs >= expiresAtMs;
    }

    /// Whether it must hear that it is not forgotten; then it has.
    boolean isQuiet(long nowMs) {
        boolean quiet = heartbeatMs > 0 && nowMs - quietSinceMs >= heartbeatMs;
        if (quiet) {
            quietSinceMs = nowMs;
        }
        return quiet;
    }

    /// A status that says what it did not get.
    String unfilled(String status) {
        long bytes = isLimited() ? bytesLeft : 0;
        return status + "\r\nNats-Pending-Messages: " + left + "\r\nNats-Pending-Bytes: " + bytes;
    }
}
