package io.polylog.io.sim;

import io.polylog.io.Scheduler;
import java.util.Comparator;
import java.util.PriorityQueue;

/// Timers that go off when the test lets them, in the order of their times. One thread.
public final class SimScheduler implements Scheduler {
    private final SimClock clock;
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(
                    Comparator.comparingLong(Timer::dueNanos).thenComparingLong(Timer::number));
    private long made;

    public SimScheduler(SimClock clock) {
        this.clock = clock;
    }

    private record Timer(long dueNanos, long number, Runnable task) {}

    @Override
    public Cancellable after(long delayNanos, Runnable task) {
        Timer timer = new Timer(clock.nanos() + Math.max(0, delayNanos), made++, task);
        timers.add(timer);
        return () -> timers.remove(timer);
    }

    /// When the next timer goes off, [Long#MAX_VALUE] for never.
    public long nextDueNanos() {
        Timer next = timers.peek();
        return next == null ? Long.MAX_VALUE : next.dueNanos;
    }

    /// Runs the next timer if its time has come.
    ///
    /// @return whether one ran
    public boolean runNextDue() {
        if (nextDueNanos() > clock.nanos()) {
            return false;
        }
        Timer next = timers.remove();
        next.task.run();
        return true;
    }

    /// Lets time pass and runs what falls due, each task at its own time.
    public void advanceNanos(long passed) {
        long end = clock.nanos() + passed;
        while (nextDueNanos() <= end) {
            clock.advanceNanos(Math.max(0, nextDueNanos() - clock.nanos()));
            runNextDue();
        }
        clock.advanceNanos(end - clock.nanos());
    }

    /// Forgets all timers: the process they belonged to is gone.
    public void clear() {
        timers.clear();
    }
}
