package io.polylog.protocol.mqtt;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Gives a connection up when nothing came for one and a half times its keep-alive, at most twice
/// (section 3.1.2.10). One timer a connection; on its loop.
final class KeepAlive {
    private static final int MOST_SILENT_TICKS = 3;

    private final Runnable silent;
    private @Nullable Future<?> timer;
    private int silentTicks;

    /// @param silent called at each tick from then on; [#heard] makes it wait again
    KeepAlive(Runnable silent) {
        this.silent = silent;
    }

    /// @param seconds 0 for none
    void start(EventExecutor loop, int seconds) {
        if (seconds > 0) {
            long halfMs = seconds * 500L;
            timer = loop.scheduleAtFixedRate(this::tick, halfMs, halfMs, TimeUnit.MILLISECONDS);
        }
    }

    void heard() {
        silentTicks = -1;
    }

    private void tick() {
        silentTicks++;
        if (silentTicks >= MOST_SILENT_TICKS) {
            silent.run();
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }
}
