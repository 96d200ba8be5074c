package io.polylog.protocol.amqp091;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends a heartbeat when nothing else was sent for half the interval, and gives the connection up
/// when nothing came for two (specification 4.2.7). One timer a connection; on its loop.
final class Heartbeats {
    /// Half intervals without a byte from the client after which it is gone.
    private static final int MOST_SILENT_TICKS = 4;

    private final Runnable send;
    private final Runnable gone;
    private @Nullable Future<?> timer;
    private boolean heard;
    private boolean spoke;
    private int silentTicks;

    Heartbeats(Runnable send, Runnable gone) {
        this.send = send;
        this.gone = gone;
    }

    /// @param intervalSeconds as negotiated; 0 for none
    void start(EventExecutor loop, int intervalSeconds) {
        if (intervalSeconds > 0) {
            long halfMs = intervalSeconds * 500L;
            timer = loop.scheduleAtFixedRate(this::tick, halfMs, halfMs, TimeUnit.MILLISECONDS);
        }
    }

    void heard() {
        heard = true;
    }

    void spoke() {
        spoke = true;
    }

    private void tick() {
        silentTicks = heard ? 0 : silentTicks + 1;
        heard = false;
        if (silentTicks >= MOST_SILENT_TICKS) {
            stop();
            gone.run();
            return;
        }
        if (!spoke) {
            send.run();
        }
        spoke = false;
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
