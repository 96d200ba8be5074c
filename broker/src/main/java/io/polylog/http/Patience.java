package io.polylog.http;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// How long a connection waits for its client: a while between requests, shortly for the rest of
/// one. On the connection's loop.
final class Patience {
    private static final int TICK_SECONDS = 5;
    private static final int IDLE_TICKS = 300 / TICK_SECONDS;

    /// Without a byte.
    private static final int SILENT_TICKS = 15 / TICK_SECONDS;

    /// For all of it, at whatever pace.
    private static final int BODY_TICKS = 120 / TICK_SECONDS;

    private final Runnable over;
    private @Nullable Future<?> ticking;
    private boolean isBody;
    private boolean waits = true;
    private int silentTicks;
    private int ticks;

    /// @param over what happens where nothing came in time
    Patience(Runnable over) {
        this.over = over;
    }

    void start(EventExecutor loop) {
        ticking =
                loop.scheduleAtFixedRate(this::tick, TICK_SECONDS, TICK_SECONDS, TimeUnit.SECONDS);
    }

    void stop() {
        if (ticking != null) {
            ticking.cancel(false);
        }
    }

    /// Something arrived.
    void heard() {
        silentTicks = 0;
    }

    void waitsForRequest() {
        waits(true, false);
    }

    void waitsForBody() {
        waits(true, true);
    }

    void waitsForNothing() {
        waits(false, false);
    }

    private void waits(boolean any, boolean body) {
        waits = any;
        isBody = body;
        silentTicks = 0;
        ticks = 0;
    }

    private void tick() {
        silentTicks++;
        ticks++;
        boolean isOver =
                isBody ? silentTicks > SILENT_TICKS || ticks > BODY_TICKS : ticks > IDLE_TICKS;
        if (waits && isOver) {
            over.run();
        }
    }
}
