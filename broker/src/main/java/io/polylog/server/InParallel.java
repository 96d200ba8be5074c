package io.polylog.server;

import io.polylog.io.Threads;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A step of the start that runs beside the others, because it takes long and needs none of them.
final class InParallel {
    private final FutureTask<Void> task;

    /// One step.
    @FunctionalInterface
    interface Step {
        void run() throws StartException;
    }

    /// Starts the step on a thread of its own.
    InParallel(Threads threads, String name, Step step) {
        task =
                new FutureTask<>(() -> {
                    step.run();
                    return null;
                });
        threads.startDaemon(name, task);
    }

    /// Waits for its end; fails as it failed.
    void await() throws StartException {
        try {
            task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted while starting", e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case StartException failed -> throw failed;
                case RuntimeException failed -> throw failed;
                case null, default -> throw new IllegalStateException(e);
            }
        }
    }
}
