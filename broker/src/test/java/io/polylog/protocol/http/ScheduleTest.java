package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.protocol.http.Schedule.CatchUp;
import io.polylog.protocol.http.Schedule.Kind;
import io.polylog.protocol.http.Schedule.Progress;
import io.polylog.protocol.http.Schedule.Step;
import io.polylog.protocol.http.Schedule.Target;
import io.polylog.protocol.http.Schedule.Terms;
import org.junit.jupiter.api.Test;

/// What a schedule does when it is time, and what it goes on with.
class ScheduleTest {
    private static final long MINUTE_MS = 60_000;

    /// Each minute, the next at 10.
    private static Schedule schedule(CatchUp catchUp) {
        Said message = Json.asked("{\"body\":\"hello\"}".getBytes(UTF_8), Said.class);
        Target target = new Target(Kind.QUEUE, "jobs");
        return new Schedule(
                "/",
                "tick",
                "ann",
                new Terms("* * * * *", "UTC", target, message, catchUp, false),
                Progress.NONE.due(10 * MINUTE_MS));
    }

    @Test
    void what_comes_late_but_was_not_missed_comes_and_so_does_the_next() {
        for (CatchUp each : CatchUp.values()) {
            Step late = schedule(each).step(13 * MINUTE_MS + 5, 10 * MINUTE_MS);
            assertThat(late.publishes()).isTrue();
            assertThat(late.then().dueMs()).isEqualTo(11 * MINUTE_MS);
            assertThat(late.then().fired()).isEqualTo(1);
            assertThat(late.then().lastMs()).isEqualTo(13 * MINUTE_MS + 5);
        }
    }

    @Test
    void what_was_missed_is_skipped_or_comes_once() {
        Step skipped = schedule(CatchUp.SKIP).step(13 * MINUTE_MS + 5, 13 * MINUTE_MS);
        assertThat(skipped.publishes()).isFalse();
        assertThat(skipped.then()).isEqualTo(Progress.NONE.due(14 * MINUTE_MS));
        Step once = schedule(CatchUp.ONE).step(13 * MINUTE_MS + 5, 13 * MINUTE_MS);
        assertThat(once.publishes()).isTrue();
        assertThat(once.then().dueMs()).isEqualTo(14 * MINUTE_MS);
    }

    @Test
    void of_all_that_was_missed_a_thousand_come() {
        long nowMs = 5_000 * MINUTE_MS + 5;
        Schedule schedule = schedule(CatchUp.ALL);
        int published = 0;
        while (schedule.progress().dueMs() < nowMs) {
            Step step = schedule.step(nowMs, nowMs - MINUTE_MS);
            published += step.publishes() ? 1 : 0;
            schedule = schedule.with(step.then());
        }
        assertThat(published).isEqualTo(1_000);
        assertThat(schedule.progress().dueMs()).isEqualTo(5_001 * MINUTE_MS);
        assertThat(schedule.progress().missed()).isZero();
    }

    @Test
    void fewer_that_were_missed_all_come_and_are_forgotten_then() {
        long nowMs = 13 * MINUTE_MS + 5;
        Schedule schedule = schedule(CatchUp.ALL);
        for (int minute = 10; minute <= 13; minute++) {
            assertThat(schedule.progress().dueMs()).isEqualTo(minute * MINUTE_MS);
            Step step = schedule.step(nowMs, 13 * MINUTE_MS);
            assertThat(step.publishes()).isTrue();
            schedule = schedule.with(step.then());
        }
        assertThat(schedule.progress().dueMs()).isEqualTo(14 * MINUTE_MS);
        assertThat(schedule.progress().missed()).isZero();
    }

    @Test
    void a_pause_is_no_downtime() {
        Schedule paused = schedule(CatchUp.ALL).paused(true, 10 * MINUTE_MS - 1);
        assertThat(paused.progress().dueMs()).isNegative();
        assertThat(paused.paused(true, 0)).isSameAs(paused);
        Schedule resumed = paused.paused(false, 100 * MINUTE_MS + 5);
        assertThat(resumed.progress().dueMs()).isEqualTo(101 * MINUTE_MS);
    }

    @Test
    void it_is_stored_as_json_with_all_it_says() {
        Schedule schedule = schedule(CatchUp.ONE);
        Progress much = schedule.progress().fired(5).refused(6, "full");
        Schedule whole = schedule.with(much).paused(true, 0);
        assertThat(Json.stored(Json.bytes(whole), Schedule.class)).isEqualTo(whole);
    }
}
