package io.polylog.io.sim;

import io.polylog.io.Worker;
import io.polylog.io.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Takes the steps of all workers on the thread of the test, in an order drawn from a seed. Time
/// passes a little with each step, and jumps to the next thing that is due when nothing is.
public final class SimWorkers implements Workers {
    private static final int LONGEST_STEP_NANOS = 50_000;

    private final SimClock clock;
    private final SimScheduler scheduler;
    private final SplittableRandom random;
    private final List<SimRunning> all = new ArrayList<>();

    public SimWorkers(long seed, SimClock clock, SimScheduler scheduler) {
        this.clock = clock;
        this.scheduler = scheduler;
        random = new SplittableRandom(seed);
    }

    private final class SimRunning implements Running {
        private final String name;
        private final Worker worker;
        private long dueNanos = clock.nanos();

        SimRunning(String name, Worker worker) {
            this.name = name;
            this.worker = worker;
        }

        @Override
        public void wake() {
            dueNanos = Math.min(dueNanos, clock.nanos());
        }

        @Override
        public void awaitEnd() {
            while (all.contains(this)) {
                if (!step()) {
                    throw new AssertionError("worker " + name + " waits for ever");
                }
            }
        }

        private void work() {
            dueNanos = Worker.UNTIL_WOKEN;
            long wait = worker.work();
            if (wait == Worker.DONE) {
                all.remove(this);
            } else if (wait != Worker.UNTIL_WOKEN) {
                dueNanos = Math.min(dueNanos, clock.nanos() + wait);
            }
        }
    }

    @Override
    public Running start(String name, int priority, Worker worker) {
        SimRunning running = new SimRunning(name, worker);
        all.add(running);
        return running;
    }

    /// Takes one step of one worker or timer that is due, or lets time pass until one is.
    ///
    /// @return false when nothing will ever be due again unless it is woken
    public boolean step() {
        return stepBefore(Long.MAX_VALUE);
    }

    /// As [#step], but lets time pass no further than to a moment.
    public boolean stepBefore(long nanos) {
        if (stepDue()) {
            return true;
        }
        long next = scheduler.nextDueNanos();
        for (SimRunning running : all) {
            next = Math.min(next, running.dueNanos);
        }
        if (next >= nanos) {
            return false;
        }
        clock.advanceNanos(Math.max(0, next - clock.nanos()));
        return stepDue();
    }

    /// Takes one step if one is due now.
    public boolean stepDue() {
        clock.advanceNanos(random.nextInt(LONGEST_STEP_NANOS));
        if (scheduler.runNextDue()) {
            return true;
        }
        List<SimRunning> due = new ArrayList<>();
        for (SimRunning running : all) {
            if (running.dueNanos <= clock.nanos()) {
                due.add(running);
            }
        }
        if (due.isEmpty()) {
            return false;
        }
        due.get(random.nextInt(due.size())).work();
        return true;
    }

    /// Forgets all workers: the process they belonged to is gone.
    public void clear() {
        all.clear();
    }
}
