package io.polylog.io;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Timers on one daemon thread. Any thread may schedule. A task that throws is reported to the
/// failure hook of [Threads] and does not stop the timer; after [#close] nothing starts any more.
public final class TimerScheduler implements Scheduler, AutoCloseable {
    private final ScheduledThreadPoolExecutor timer;
    private final Threads threads;
    private volatile boolean closed;

    public TimerScheduler(Threads threads) {
        this.threads = threads;
        timer = new ScheduledThreadPoolExecutor(1, threads.daemons("timer"));
        timer.setRemoveOnCancelPolicy(true);
        timer.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public Cancellable after(long delayNanos, Runnable task) {
        try {
            Future<?> waiting = timer.schedule(() -> run(task), delayNanos, TimeUnit.NANOSECONDS);
            return () -> waiting.cancel(false);
        } catch (RejectedExecutionException closed) {
            return () -> {};
        }
    }

    /// Drops what waits. A task that runs now is left to finish.
    @Override
    public void close() {
        closed = true; // the executor itself would still run what is due already
        timer.shutdown();
    }

    private void run(Runnable task) {
        if (closed) {
            return;
        }
        try {
            task.run();
        } catch (Throwable failure) {
            threads.report(failure);
        }
    }
}
