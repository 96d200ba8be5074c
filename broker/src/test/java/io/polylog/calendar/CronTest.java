package io.polylog.calendar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.ZonedDateTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Times by five or six fields.
class CronTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "*/15 9-17 * * mon-fri|2026-11-27T17:45:00Z|2026-11-30T09:00:00Z",
                "0 0 1 * *|2026-11-01T00:00:00Z|2026-12-01T00:00:00Z",
                "30 2 * * *|2026-03-28T12:00:00+01:00[Europe/Berlin]|2026-03-30T02:30:00+02:00",
                "30 2 * * *|2026-10-25T00:00:00+02:00[Europe/Berlin]|2026-10-25T02:30:00+02:00",
                "30 2 * * *|2026-10-25T02:30:00+02:00[Europe/Berlin]|2026-10-25T02:30:00+01:00",
                "30 2 * * *|2026-10-25T02:30:00+01:00[Europe/Berlin]|2026-10-26T02:30:00+01:00",
                "*/30 * * * *|2026-03-29T01:30:00+01:00[Europe/Berlin]|2026-03-29T03:00:00+02:00",
                "0 0 * * *|2026-09-05T12:00:00-04:00[America/Santiago]|2026-09-07T00:00:00-03:00",
                "0 5 * * *|2027-04-04T00:00:00+11:00[Australia/Lord_Howe]|2027-04-03T18:30:00Z",
                "0 5 * * *|2026-10-03T23:00:00+10:30[Australia/Lord_Howe]|2026-10-03T18:00:00Z",
                "10 30 2 * * *|2026-03-28T12:00:00Z|2026-03-29T02:30:10Z",
                "@daily|2026-03-28T12:00:00Z|2026-03-29T00:00:00Z"
            })
    void five_fields_are_six_at_second_0(String pattern, String from, String expected) {
        ZonedDateTime next = Cron.of(pattern).after(ZonedDateTime.parse(from));
        assertThat(next).isNotNull();
        assertThat(next.toInstant()).isEqualTo(ZonedDateTime.parse(expected).toInstant());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "61 * * * *|minute '61' is not within 0 to 59",
                "* 24 * * *|hour '24' is not within 0 to 23",
                "* * 0 * *|day of the month '0' is not within 1 to 31",
                "* * * jam *|month 'jam' is not within 1 to 12",
                "* * * * 1-9|day of the week '1-9' is not within 0 to 6",
                "70 * * * * *|second '70' is not within 0 to 59",
                "* * * *|not 4",
                "* * * * mon-|day of the week 'mon-' is not",
                "*/0 * * * *|minute '*/0' is not",
                "@often|'@often' is none of [@annually"
            })
    void what_is_wrong_is_named(String pattern, String says) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Cron.of(pattern))
                .withMessageContaining(says);
    }

    @Test
    void what_never_comes_is_told() {
        ZonedDateTime now = ZonedDateTime.parse("2026-11-30T00:00:00Z");
        assertThat(Cron.of("0 0 31 2 *").after(now)).isNull();
        assertThat(Cron.of("0 0 31 4,6,9,11 *").after(now)).isNull();
    }

    @Test
    void where_seconds_must_be_said_five_fields_are_too_few() {
        assertThatIllegalArgumentException().isThrownBy(() -> Cron.withSeconds("* * * * *"));
    }
}
