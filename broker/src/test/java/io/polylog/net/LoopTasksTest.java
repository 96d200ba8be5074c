package io.polylog.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoopTasksTest {
    private final Deque<Runnable> wakeUps = new ArrayDeque<>();
    private final LoopTasks tasks = new LoopTasks(wakeUps::add);
    private final List<String> ran = new ArrayList<>();

    @Test
    void many_posts_wake_the_loop_once_and_run_in_order() {
        for (int i = 0; i < 1000; i++) {
            String name = "task " + i;
            tasks.post(() -> ran.add(name));
        }
        assertThat(wakeUps).hasSize(1);
        runLoop();
        assertThat(ran).hasSize(1000).startsWith("task 0", "task 1").endsWith("task 999");
    }

    @Test
    void what_ends_a_round_runs_once_after_all_its_tasks() {
        tasks.post(() -> tasks.endOfRound(() -> ran.add("flush")));
        tasks.post(() -> ran.add("second"));
        runLoop();
        assertThat(ran).containsExactly("second", "flush");
    }

    @Test
    void what_ends_a_round_runs_soon_outside_of_one() {
        tasks.endOfRound(() -> ran.add("flush"));
        assertThat(wakeUps).hasSize(1);
        runLoop();
        assertThat(ran).containsExactly("flush");
    }

    @Test
    void a_task_posted_by_a_task_runs_even_so() {
        tasks.post(() -> tasks.post(() -> ran.add("later")));
        runLoop();
        assertThat(ran).containsExactly("later");
    }

    @Test
    void a_task_that_fails_takes_no_other_with_it() {
        tasks.post(() -> {
            throw new IllegalStateException("planted");
        });
        tasks.post(() -> ran.add("next"));
        runLoop();
        assertThat(ran).containsExactly("next");
    }

    @Test
    void more_tasks_than_one_round_takes_all_run() {
        for (int i = 0; i < 10_000; i++) {
            tasks.post(() -> ran.add("x"));
        }
        runLoop();
        assertThat(ran).hasSize(10_000);
    }

    private void runLoop() {
        while (!wakeUps.isEmpty()) {
            wakeUps.poll().run();
        }
    }
}
