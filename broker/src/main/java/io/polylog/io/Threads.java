package io.polylog.io;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/// Starts named threads that tell one hook when they die of an exception. Any thread.
///
/// Platform threads are for the data path (event loops, commit, timer): a file channel is closed by
/// the interrupt of a thread inside it, so nothing interrupts these. Virtual threads are for
/// administration and slow paths.
public final class Threads {
    private final UncaughtExceptionHandler onFailure;

    /// @param onFailure told on the dying thread; the server stops the process from here
    public Threads(UncaughtExceptionHandler onFailure) {
        this.onFailure = onFailure;
    }

    /// Starts a platform thread that keeps the process alive until it ends.
    public Thread start(String name, Runnable body) {
        return platform(name, false).start(body);
    }

    /// Starts a platform thread that the end of the process does not wait for.
    public Thread startDaemon(String name, Runnable body) {
        return platform(name, true).start(body);
    }

    /// Starts a virtual thread.
    public Thread startVirtual(String name, Runnable body) {
        return Thread.ofVirtual().name(name).uncaughtExceptionHandler(onFailure).start(body);
    }

    /// Makes daemon platform threads: the first is called `name`, the next `name-1` and so on.
    public ThreadFactory daemons(String name) {
        AtomicInteger made = new AtomicInteger();
        return body -> {
            int earlier = made.getAndIncrement();
            return platform(earlier == 0 ? name : name + "-" + earlier, true).unstarted(body);
        };
    }

    /// Runs `body` when the process is told to end or ends by itself.
    public void onExit(String name, Runnable body) {
        Runtime.getRuntime().addShutdownHook(platform(name, false).unstarted(body));
    }

    /// Hands a failure to the hook as if it had ended the current thread: for code that must catch
    /// everything in order to go on.
    public void report(Throwable failure) {
        onFailure.uncaughtException(Thread.currentThread(), failure);
    }

    private Thread.Builder.OfPlatform platform(String name, boolean daemon) {
        return Thread.ofPlatform().name(name).daemon(daemon).uncaughtExceptionHandler(onFailure);
    }
}
