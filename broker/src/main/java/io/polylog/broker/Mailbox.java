package io.polylog.broker;

/// The way into one event loop. Posting is safe from any thread and keeps order per posting thread;
/// tasks run on the loop, one at a time.
@FunctionalInterface
public interface Mailbox {
    /// Runs the task on the loop soon.
    void post(Runnable task);
}
