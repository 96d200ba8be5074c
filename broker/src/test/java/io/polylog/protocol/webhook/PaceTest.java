package io.polylog.protocol.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private long now = 1_000;

    private static Pace pace(int concurrency, int rate) {
        return new Pace(concurrency, rate, 1_000, () -> 0);
    }

    /// How many go in a time, when each is tried as soon as it may.
    private int sent(Pace pace, long nanos) {
        long end = now + nanos;
        int sent = 0;
        while (now < end) {
            long wait = pace.take(0, now);
            sent += wait == 0 ? 1 : 0;
            now += wait;
        }
        return sent;
    }

    @ParameterizedTest
    @CsvSource({"1, 10, 10", "7, 10, 70", "100, 10, 1000", "5000, 2, 10000"})
    void no_more_go_than_may(int perSecond, int seconds, int count) {
        assertThat(sent(pace(1, perSecond), seconds * SECOND)).isBetween(count - 1, count + 1);
    }

    @Test
    void what_was_not_used_is_not_saved_up() {
        Pace pace = pace(1, 100);
        sent(pace, SECOND);
        now += 100 * SECOND;

        assertThat(sent(pace, SECOND)).isBetween(100, 111);
    }

    @Test
    void no_more_are_under_way_than_may() {
        assertThat(pace(3, 0).take(2, now)).isZero();
        assertThat(pace(3, 0).take(3, now)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void who_does_not_answer_is_tried_seldom_and_by_one_request() {
        Pace pace = pace(8, 0);
        for (int i = 0; i < Pace.DOWN_AFTER; i++) {
            assertThat(pace.take(7, now)).isZero();
            pace.unanswered(now);
        }
        assertThat(pace.isDown()).isTrue();
        assertThat(pace.take(1, now + SECOND)).isEqualTo(Long.MAX_VALUE);
        long probes = 0;
        long end = now + 86_400 * SECOND;
        while (now < end) {
            now += pace.take(0, now);
            assertThat(pace.take(0, now)).isZero();
            pace.unanswered(now);
            probes++;
        }
        assertThat(probes).isBetween(1440L, 1500L);

        now += pace.take(0, now);
        pace.answered();
        assertThat(pace.take(7, now)).isZero();
    }

    @Test
    void nothing_goes_before_the_receiver_wants() {
        Pace pace = pace(8, 0);
        pace.hold(30 * SECOND, now);
        pace.hold(10 * SECOND, now);

        assertThat(pace.take(0, now)).isEqualTo(30 * SECOND);
        assertThat(pace.take(0, now + 30 * SECOND)).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "120 | 120000",
                "' 0 ' | 0",
                "99999999999999 | 86400000",
                "Thu, 01 Jan 1970 00:01:40 GMT | 99000",
                "Wed, 31 Dec 1969 00:00:00 GMT | 0",
                "-1 | -1",
                "soon | -1",
                "'' | -1"
            })
    void retry_after_is_seconds_or_a_date(String header, long ms) {
        assertThat(RetryAfter.ms(header, 1_000)).isEqualTo(ms);
    }
}
