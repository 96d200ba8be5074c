package io.polylog.protocol.nats;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Asks a client that was silent for a whole interval whether it is there, and gives it up where it
/// owes too many answers. One timer a connection; on its loop.
final class Pings {
    private final Runnable ask;
    private final Runnable stale;
    private final int most;
    private @Nullable Future<?> timer;
    private boolean heard;
    private int out;

    /// @param most questions without an answer
    Pings(int most, Runnable ask, Runnable stale) {
        this.most = most;
        this.ask = ask;
        this.stale = stale;
    }

    /// Begins, once.
    void start(EventExecutor loop, long intervalMs) {
        if (timer == null) {
            timer =
                    loop.scheduleAtFixedRate(
                            this::tick, intervalMs, intervalMs, TimeUnit.MILLISECONDS);
        }
    }

    /// Something came.
    void heard() {
        heard = true;
    }

    void answered() {
        out = 0;
    }

    private void tick() {
        if (heard) {
            heard = false;
        } else if (out >= most) {
            stop();
            stale.run();
        } else {
            out++;
            ask.run();
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
