package io.polylog.broker.core;

import io.polylog.io.Scheduler.Cancellable;
import org.jspecify.annotations.Nullable;

/// Wakes a session when deliveries it holds may be overdue: one timer for all of them. On the
/// session's loop.
final class AckTimer {
    private final CoreSession session;
    private final Runnable sweep;
    private @Nullable Cancellable timer;
    private long dueNanos;

    /// @param sweep looks for what is overdue, and says [#within] for what is not yet
    AckTimer(CoreSession session, Runnable sweep) {
        this.session = session;
        this.sweep = sweep;
    }

    /// Something may be overdue in so many nanoseconds; Long.MAX_VALUE for never.
    void within(long nanos) {
        if (nanos == Long.MAX_VALUE || session.isClosed()) {
            return;
        }
        long due = session.core().clock().nanos() + nanos;
        if (timer != null && due - dueNanos >= 0) {
            return;
        }
        stop();
        dueNanos = due;
        timer = session.core().scheduler().after(nanos, () -> session.loop().post(this::ring));
    }

    private void ring() {
        timer = null;
        if (!session.isClosed()) {
            sweep.run();
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
