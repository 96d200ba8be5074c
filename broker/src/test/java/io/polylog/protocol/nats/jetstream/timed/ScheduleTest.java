package io.polylog.protocol.nats.jetstream.timed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.polylog.calendar.Times;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Times at which schedules publish, as nats-server tells them.
class ScheduleTest {
    private static Schedule schedule(String... headers) {
        Map<String, String> all = new HashMap<>();
        for (int i = 0; i < headers.length; i += 2) {
            all.put(headers[i], headers[i + 1]);
        }
        return Objects.requireNonNull(Schedule.of(all));
    }

    private static void assertRefused(int error, String... headers) {
        assertThatExceptionOfType(ApiException.class)
                .isThrownBy(() -> schedule(headers))
                .satisfies(
                        refused -> assertThat(refused.fields()).containsEntry("err_code", error));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0 0 3 * * *|2026-03-28T23:30:00Z|2026-03-29T03:00:00Z",
                "*/20 * * * * *|2026-01-01T00:00:39.9Z|2026-01-01T00:00:40Z",
                "*/20 * * * * *|2026-01-01T00:00:40Z|2026-01-01T00:01:00Z",
                "5/15 59 23 * * *|2026-12-31T23:59:50Z|2027-01-01T23:59:05Z",
                "1-5/2,40 0 0 ? * *|2026-01-01T00:00:03Z|2026-01-01T00:00:05Z",
                "0 0 12 * jan-mar MON-FRI|2026-03-31T12:00:00Z|2027-01-01T12:00:00Z",
                "0 0 0 29 2 *|2026-01-01T00:00:00Z|2028-02-29T00:00:00Z",
                "0 0 0 13 * fri|2026-11-14T00:00:00Z|2026-11-20T00:00:00Z",
                "0 0 0 */2 * 1|2026-11-09T00:00:00Z|2026-11-11T00:00:00Z",
                "0 0 0 1 1 *|2026-01-01T00:00:00Z|2027-01-01T00:00:00Z"
            })
    void six_fields_say_when_it_is_time(String pattern, String from, String expected) {
        Times times = schedule("Nats-Schedule", pattern).times();
        assertThat(Instant.ofEpochMilli(times.after(Instant.parse(from).toEpochMilli())))
                .isEqualTo(Instant.parse(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "0 30 2 * * *, 2026-03-28T12:00+01:00, 2026-03-30T02:30+02:00",
        "0 30 1 * * *, 2026-03-29T00:00+01:00, 2026-03-29T01:30+01:00",
        "0 0 0 * * *, 2026-10-24T12:00+02:00, 2026-10-25T00:00+02:00",
        "0 0 9 * * *, 2026-10-24T12:00+02:00, 2026-10-25T09:00+01:00"
    })
    void a_zone_puts_its_clocks_forward_and_back(String pattern, String from, String expected) {
        Times times =
                schedule("Nats-Schedule", pattern, "Nats-Schedule-Time-Zone", "Europe/Berlin")
                        .times();
        long fromMs = ZonedDateTime.parse(from).toInstant().toEpochMilli();
        assertThat(Instant.ofEpochMilli(times.after(fromMs)))
                .isEqualTo(ZonedDateTime.parse(expected).toInstant());
    }

    @Test
    void what_was_missed_comes_once() {
        Times every = schedule("Nats-Schedule", "@every 1m30s").times();
        assertThat(every.again(10_000, 10_400)).isEqualTo(100_000);
        assertThat(every.again(10_000, 1_000_400)).isEqualTo(1_090_000);
        Times hourly = schedule("Nats-Schedule", "@hourly").times();
        assertThat(hourly.again(3_600_000, 3_600_100)).isEqualTo(7_200_000);
        assertThat(hourly.again(3_600_000, 360_000_100)).isEqualTo(363_600_000);
        Times once = schedule("Nats-Schedule", "@at 1970-01-01T01:00:10+01:00").times();
        assertThat(once.after(0)).isEqualTo(10_000);
        assertThat(once.again(10_000, 10_100)).isEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "* * * * *",
                "60 * * * * *",
                "0 0 0 0 * *",
                "0 0 0 * 13 *",
                "0 0 0 * * 7",
                "5-1 * * * * *",
                "*/0 * * * * *",
                "0 0 0 L * *",
                "1-2-3 * * * * *",
                "a b c d e f",
                "@every 10ms",
                "@every 5",
                "@every ",
                "@at tomorrow",
                "@sometimes"
            })
    void what_is_no_time_is_refused(String pattern) {
        assertRefused(10189, "Nats-Schedule", pattern);
    }

    @Test
    void what_never_comes_is_told() {
        Times never = schedule("Nats-Schedule", "0 0 0 30 2 *").times();
        assertThat(never.after(0)).isEqualTo(-1);
    }

    @Test
    void what_else_is_said_is_checked() {
        assertRefused(10223, "Nats-Schedule", "@hourly", "Nats-Schedule-Time-Zone", "Moon/Base");
        assertRefused(10189, "Nats-Schedule", "@every 5s", "Nats-Schedule-Time-Zone", "UTC");
        assertRefused(10191, "Nats-Schedule", "@hourly", "Nats-Schedule-TTL", "soon");
        assertRefused(10192, "Nats-Schedule", "@hourly", "Nats-Schedule-Rollup", "all");
        assertThat(Schedule.of(Map.of("Nats-Scheduler", "s"))).isNull();
    }
}
