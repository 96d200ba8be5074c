package io.polylog.protocol.kafka.embedded;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.coordinator.common.runtime.CoordinatorEvent;
import org.apache.kafka.coordinator.common.runtime.CoordinatorEventProcessor;
import org.apache.kafka.server.util.timer.Timer;
import org.apache.kafka.server.util.timer.TimerTask;
import org.apache.kafka.server.util.timer.TimerTaskEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread of the group coordinator: its events, its background tasks and its timer. Handing
/// over is safe from any thread; tasks run one at a time, in order but for those put first.
final class GroupLoop extends AbstractExecutorService {
    private static final Logger log = LoggerFactory.getLogger(GroupLoop.class);

    private final Time time;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
    private final PriorityQueue<TimerTaskEntry> later =
            new PriorityQueue<>(Comparator.comparingLong((TimerTaskEntry e) -> e.expirationMs));
    private final Thread thread;
    private boolean closed;

    GroupLoop(Time time) {
        this.time = time;
        thread = Thread.ofPlatform().daemon().name("kafka-groups").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        Runnable next;
        while ((next = take()) != null) {
            try {
                next.run();
            } catch (RuntimeException e) {
                log.error("a task of the group coordinator failed", e);
            }
        }
    }

    /// The next task that is due; null when closed and nothing is left.
    private @Nullable Runnable take() {
        lock.lock();
        try {
            while (true) {
                Runnable task = ready.poll();
                if (task != null || closed) {
                    return task;
                }
                TimerTaskEntry first = later.peek();
                long waitMs =
                        first == null ? Long.MAX_VALUE : first.expirationMs - time.milliseconds();
                if (waitMs <= 0) {
                    expire(later.remove());
                } else if (first == null) {
                    changed.await();
                } else {
                    changed.await(waitMs, TimeUnit.MILLISECONDS);
                }
            }
        } catch (InterruptedException e) {
            return null;
        } finally {
            lock.unlock();
        }
    }

    private void expire(TimerTaskEntry entry) {
        if (!entry.cancelled()) {
            ready.add(entry.timerTask);
        }
    }

    @Override
    public void execute(Runnable task) {
        put(task, false);
    }

    private void put(Runnable task, boolean first) {
        lock.lock();
        try {
            if (closed) {
                throw new RejectedExecutionException("the group coordinator is closed");
            }
            if (first) {
                ready.addFirst(task);
            } else {
                ready.addLast(task);
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Kafka's view of it: where events go.
    CoordinatorEventProcessor events() {
        return new CoordinatorEventProcessor() {
            @Override
            public void enqueueLast(CoordinatorEvent event) {
                put(() -> handle(event), false);
            }

            @Override
            public void enqueueFirst(CoordinatorEvent event) {
                put(() -> handle(event), true);
            }

            @Override
            public void close() {}
        };
    }

    private static void handle(CoordinatorEvent event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            event.complete(e);
        }
    }

    /// Kafka's view of it: a timer whose tasks run on the loop.
    Timer timer() {
        return new Timer() {
            @Override
            public void add(TimerTask task) {
                addLater(task);
            }

            @Override
            public boolean advanceClock(long timeoutMs) {
                return false; // the loop advances by itself
            }

            @Override
            public int size() {
                lock.lock();
                try {
                    return later.size();
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void close() {}
        };
    }

    private void addLater(TimerTask task) {
        lock.lock();
        try {
            later.add(new TimerTaskEntry(task, time.milliseconds() + task.delayMs));
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    // As an executor service -------------------------------------------------------------------

    /// Runs what was handed over, then ends.
    @Override
    public void shutdown() {
        lock.lock();
        try {
            closed = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }

    @Override
    public boolean isShutdown() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isTerminated() {
        return !thread.isAlive();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return thread.join(java.time.Duration.of(timeout, unit.toChronoUnit()));
    }
}
