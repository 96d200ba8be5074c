package io.polylog.broker.core;

import io.polylog.io.Clock;
import io.polylog.io.Scheduler;
import io.polylog.io.Scheduler.Cancellable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Timers that go by the wall clock, one for each key. Where somebody sets the clock, they follow
/// within a second. Rests while there is no timer. On the timer's thread.
final class WallTimers<K> {
    private static final long CHECK_NANOS = 1_000_000_000;
    private static final long NANOS_PER_MS = 1_000_000;

    /// A clock that runs this much apart from the other was set.
    private static final long JUMP_MS = 50;

    private final Clock clock;
    private final Scheduler scheduler;
    private final Map<K, Timer> timers = new HashMap<>();
    private boolean checking;
    private long apartMs;

    WallTimers(Clock clock, Scheduler scheduler) {
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /// @param atMs milliseconds since 1970
    private record Timer(long atMs, Runnable task, Cancellable armed) {}

    /// Runs a task at a time, instead of what was to run for that key.
    ///
    /// @param atMs milliseconds since 1970; what is past runs at once
    void set(K key, long atMs, Runnable task) {
        clear(key);
        if (!checking) {
            checking = true;
            // Before the clock is asked how long to wait: when it is set in between, that shows.
            apartMs = apartMs();
            scheduler.after(CHECK_NANOS, this::check);
        }
        long waitMs = Math.clamp(atMs - clock.wallMs(), 0, Long.MAX_VALUE / 2 / NANOS_PER_MS);
        Cancellable armed =
                scheduler.after(
                        waitMs * NANOS_PER_MS,
                        () -> {
                            timers.remove(key);
                            task.run();
                        });
        timers.put(key, new Timer(atMs, task, armed));
    }

    /// Nothing is to run for that key.
    void clear(K key) {
        Timer before = timers.remove(key);
        if (before != null) {
            before.armed.cancel();
        }
    }

    private long apartMs() {
        return clock.wallMs() - clock.nanos() / NANOS_PER_MS;
    }

    private void check() {
        checking = !timers.isEmpty();
        if (!checking) {
            return;
        }
        long now = apartMs();
        if (Math.abs(now - apartMs) > JUMP_MS) {
            for (Map.Entry<K, Timer> each : List.copyOf(timers.entrySet())) {
                set(each.getKey(), each.getValue().atMs, each.getValue().task);
            }
        }
        apartMs = now;
        scheduler.after(CHECK_NANOS, this::check);
    }
}
