package io.polylog.calendar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a text says of times.
class TimesTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @Test
    void a_length_of_time_is_counted_from_whole_seconds_and_cron_by_the_clock() {
        assertThat(Times.of(" @every 1m30s ", BERLIN).after(10_400)).isEqualTo(100_000);
        assertThat(Times.of("30 1 * * *", BERLIN).after(0)).isEqualTo(30 * 60_000);
        assertThat(Times.of("@daily", BERLIN).after(0)).isEqualTo(23 * 3_600_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"@every 999ms", "@every 90", "@every ", "@every", "@every soon", ""})
    void what_says_no_time_is_refused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Times.of(text, BERLIN));
    }
}
