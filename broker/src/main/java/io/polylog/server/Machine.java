package io.polylog.server;

import io.polylog.io.Clock;
import io.polylog.io.Entropy;
import io.polylog.io.RealDisk;
import io.polylog.io.SystemClock;
import io.polylog.io.SystemEntropy;
import io.polylog.io.ThreadWorkers;
import io.polylog.io.Threads;
import io.polylog.io.TimerScheduler;
import io.polylog.io.Workers;
import java.lang.Thread.UncaughtExceptionHandler;

/// The real machine under one broker.
record Machine(
        RealDisk disk,
        Clock clock,
        Entropy entropy,
        Threads threads,
        Workers workers,
        TimerScheduler scheduler)
        implements AutoCloseable {

    /// Starts the timer; all else is started when it is used.
    static Machine start(UncaughtExceptionHandler onFailure) {
        Threads threads = new Threads(onFailure);
        return new Machine(
                new RealDisk(),
                new SystemClock(),
                new SystemEntropy(),
                threads,
                new ThreadWorkers(onFailure),
                new TimerScheduler(threads));
    }

    @Override
    public void close() {
        scheduler.close();
    }
}
