package io.polylog.protocol.http;

import io.polylog.http.Exchange;
import io.polylog.http.Visit;
import io.polylog.message.MessageCodec;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;

/// `GET ws`: a WebSocket on which a client publishes, subscribes and settles (`docs/websocket.md`).
/// Any thread.
final class Talking {
    /// What is larger is not taken from who has not logged in.
    private static final int LOGIN_BYTES = 64 << 10;

    private final Seams seams;

    /// What each needs from others.
    ///
    /// @param threads runs each task on a thread that may wait
    /// @param codecs opens what other protocols stored
    /// @param waiting bytes of live messages that wait for all clients
    record Seams(Executor threads, Map<Byte, MessageCodec> codecs, AtomicLong waiting) {}

    Talking(Executor threads, Map<Byte, MessageCodec> codecs) {
        seams = new Seams(threads, codecs, new AtomicLong());
    }

    /// Begins one.
    void begin(HttpPlace place, Visit visit, Exchange exchange) {
        int mostBytes = mostBytes(place.settings());
        boolean isKnown = visit.who() != null;
        exchange.upgrade(
                isKnown ? mostBytes : Math.min(LOGIN_BYTES, mostBytes),
                socket -> new Talk(seams, place, visit, exchange.request(), socket));
    }

    /// A body of any bytes is longer as text.
    static int mostBytes(HttpSettings settings) {
        return Math.max(LOGIN_BYTES, 2 * settings.messageBytes());
    }
}
