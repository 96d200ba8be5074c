package io.polylog.calendar;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DurationsTest {
    @ParameterizedTest
    @CsvSource({
        "60, 60000",
        "90s, 90000",
        "1m30s, 90000",
        "1500ms, 1500",
        "2h, 7200000",
        "soon, -1",
        "-1s, -1"
    })
    void lengths_of_time_are_gos_durations_or_seconds(String text, long ms) {
        assertThat(Durations.ms(text)).isEqualTo(ms);
    }
}
