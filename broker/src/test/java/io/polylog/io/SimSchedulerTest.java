package io.polylog.io;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.sim.SimClock;
import io.polylog.io.sim.SimScheduler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimSchedulerTest {
    private final SimClock clock = new SimClock();
    private final SimScheduler scheduler = new SimScheduler(clock);
    private final List<String> ran = new ArrayList<>();
    private final long start = clock.nanos();

    private void after(long delayNanos, String name) {
        scheduler.after(delayNanos, () -> ran.add(name + "@" + (clock.nanos() - start)));
    }

    @Test
    void tasks_run_at_their_own_times_in_order() {
        after(20, "b");
        after(10, "a");
        after(20, "c");
        after(31, "later");

        scheduler.advanceNanos(30);

        assertThat(ran).containsExactly("a@10", "b@20", "c@20");
        assertThat(clock.nanos() - start).isEqualTo(30);
        assertThat(scheduler.nextDueNanos() - start).isEqualTo(31);
    }

    @Test
    void a_task_may_schedule_another_within_the_same_time() {
        scheduler.after(10, () -> after(5, "second"));

        scheduler.advanceNanos(15);

        assertThat(ran).containsExactly("second@15");
    }

    @Test
    void what_was_called_off_does_not_run() {
        scheduler.after(10, () -> ran.add("no")).cancel();

        scheduler.advanceNanos(100);

        assertThat(ran).isEmpty();
        assertThat(scheduler.runNextDue()).isFalse();
    }

    @Test
    void the_wall_clock_follows_and_may_jump() {
        long before = clock.wallMs();
        clock.advanceNanos(3_000_000);
        assertThat(clock.wallMs()).isEqualTo(before + 3);

        clock.jumpWallMs(-1_000);
        assertThat(clock.wallMs()).isEqualTo(before - 997);
    }
}
