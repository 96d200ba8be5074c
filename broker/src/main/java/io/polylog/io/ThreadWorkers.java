package io.polylog.io;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// The real [Workers]: a platform thread each. A thread that waits is parked; waking one that is
/// busy costs a volatile read.
public final class ThreadWorkers implements Workers {
    private final Thread.UncaughtExceptionHandler onFailure;

    /// @param onFailure told when a worker throws; its thread is over then
    public ThreadWorkers(Thread.UncaughtExceptionHandler onFailure) {
        this.onFailure = onFailure;
    }

    @Override
    @SuppressWarnings(
            "ThreadPriorityCheck") // a commit that waits for the scheduler delays everybody
    public Running start(String name, int priority, Worker worker) {
        Loop loop = new Loop(worker);
        Thread thread =
                Thread.ofPlatform()
                        .name(name)
                        .priority(priority)
                        .daemon(true)
                        .uncaughtExceptionHandler(onFailure)
                        .unstarted(loop);
        loop.thread = thread;
        thread.start();
        return loop;
    }

    private static final class Loop implements Runnable, Running {
        private static final int BUSY = 0;
        private static final int PARKED = 1;
        private static final int WOKEN = 2;

        private final Worker worker;
        private final AtomicInteger state = new AtomicInteger(BUSY);
        private Thread thread = Thread.currentThread();

        Loop(Worker worker) {
            this.worker = worker;
        }

        @Override
        public void run() {
            while (true) {
                state.set(BUSY);
                long waitNanos = worker.work();
                if (waitNanos == Worker.DONE) {
                    return;
                }
                if (waitNanos > 0 && state.compareAndSet(BUSY, PARKED)) {
                    park(waitNanos);
                }
            }
        }

        private void park(long waitNanos) {
            if (waitNanos == Worker.UNTIL_WOKEN) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, waitNanos);
            }
        }

        @Override
        public void wake() {
            // What the caller wrote must be out before the state is read, or a step that has just
            // begun could miss it while this sees WOKEN.
            VarHandle.fullFence();
            if (state.get() != WOKEN && state.getAndSet(WOKEN) == PARKED) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void awaitEnd() {
            boolean interrupted = false;
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
