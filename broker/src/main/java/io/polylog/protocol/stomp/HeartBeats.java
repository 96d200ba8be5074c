package io.polylog.protocol.stomp;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends an end of line when nothing else was sent for half an interval, and gives the connection
/// up when nothing came for two. On the connection's loop.
final class HeartBeats {
    /// Nobody is asked, or asks, for more.
    private static final long LEAST_MS = 1_000;

    private static final long MOST_MS = 24 * 3_600_000L;

    private final Runnable send;
    private final Runnable gone;
    private final java.util.function.BooleanSupplier deaf;
    private @Nullable Future<?> sending;
    private @Nullable Future<?> listening;
    private boolean spoke;
    private boolean heard;
    private int silentTicks;

    /// Milliseconds between beats; 0 for none.
    ///
    /// @param sendMs of ours
    /// @param receiveMs of the client's
    record Terms(long sendMs, long receiveMs) {
        /// What is agreed on for what the client can send and wants to get.
        ///
        /// @throws StompException if it says neither
        static Terms of(String header) {
            String[] parts = header.split(",", -1);
            try {
                if (parts.length == 2) {
                    return new Terms(agreed(parts[1]), agreed(parts[0]));
                }
            } catch (NumberFormatException none) {
                // said below
            }
            throw StompException.invalidHeader(
                    "'heart-beat' must be two numbers of milliseconds with a comma");
        }

        private static long agreed(String text) {
            long ms = Long.parseLong(text.strip());
            if (ms < 0) {
                throw new NumberFormatException(text);
            }
            return ms == 0 ? 0 : Math.clamp(ms, LEAST_MS, MOST_MS);
        }

        String header() {
            return sendMs + "," + receiveMs;
        }
    }

    /// @param deaf whether the socket is not read now: then silence says nothing
    HeartBeats(Runnable send, Runnable gone, java.util.function.BooleanSupplier deaf) {
        this.send = send;
        this.gone = gone;
        this.deaf = deaf;
    }

    void start(EventExecutor loop, Terms terms) {
        if (terms.sendMs > 0) {
            long halfMs = terms.sendMs / 2;
            sending = loop.scheduleAtFixedRate(this::speak, halfMs, halfMs, TimeUnit.MILLISECONDS);
        }
        if (terms.receiveMs > 0) {
            long ms = terms.receiveMs;
            listening = loop.scheduleAtFixedRate(this::listen, ms, ms, TimeUnit.MILLISECONDS);
        }
    }

    void heard() {
        heard = true;
    }

    void spoke() {
        spoke = true;
    }

    private void speak() {
        if (!spoke) {
            send.run();
        }
        spoke = false;
    }

    private void listen() {
        silentTicks = heard || deaf.getAsBoolean() ? 0 : silentTicks + 1;
        heard = false;
        if (silentTicks == 2) {
            stop();
            gone.run();
        }
    }

    void stop() {
        if (sending != null) {
            sending.cancel(false);
        }
        if (listening != null) {
            listening.cancel(false);
        }
    }
}
