package io.polylog.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class TimerSchedulerTest {
    private static final long MS = 1_000_000;

    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final Clock clock = new SystemClock();
    private final TimerScheduler timer =
            new TimerScheduler(
                    new Threads((thread, failure) -> events.add("failed " + failure.getMessage())));

    @AfterEach
    void stop() {
        timer.close();
    }

    @Test
    void runs_tasks_in_the_order_of_their_times_and_not_before() throws Exception {
        long start = clock.nanos();
        // Far off, because a stall between the two calls counts.
        timer.after(400 * MS, () -> events.add("late"));
        timer.after(10 * MS, () -> events.add("early"));

        assertThat(List.of(next(), next())).containsExactly("early", "late");
        assertThat(clock.nanos() - start).isGreaterThanOrEqualTo(400 * MS);
    }

    @Test
    void a_task_that_was_called_off_never_runs() throws Exception {
        timer.after(10 * MS, () -> events.add("cancelled")).cancel();
        timer.after(20 * MS, () -> events.add("kept"));

        assertThat(next()).isEqualTo("kept");
    }

    @Test
    void a_task_that_throws_is_reported_and_the_timer_goes_on() throws Exception {
        timer.after(
                0,
                () -> {
                    throw new IllegalStateException("boom");
                });
        timer.after(1 * MS, () -> events.add("next"));

        assertThat(List.of(next(), next())).containsExactly("failed boom", "next");
    }

    @Test
    void runs_on_a_daemon_thread_called_timer() throws Exception {
        timer.after(
                0,
                () -> {
                    Thread thread = Thread.currentThread();
                    events.add(thread.getName() + (thread.isDaemon() ? " daemon" : ""));
                });

        assertThat(next()).isEqualTo("timer daemon");
    }

    @Test
    void nothing_starts_after_close() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        timer.after(
                0,
                () -> {
                    started.countDown();
                    awaitQuietly(goOn);
                    events.add("finished");
                });
        started.await();
        timer.after(0, () -> events.add("waiting"));
        timer.close();
        timer.after(0, () -> events.add("too late")).cancel();
        goOn.countDown();

        assertThat(next()).isEqualTo("finished");
        assertThat(events.poll(20, TimeUnit.MILLISECONDS)).isNull();
    }

    private String next() throws InterruptedException {
        return events.poll(10, TimeUnit.SECONDS);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
