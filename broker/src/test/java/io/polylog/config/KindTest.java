package io.polylog.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KindTest {
    @ParameterizedTest
    @CsvSource({"0,0", "7B,7", "64KiB,65536", "64 KiB,65536", "2GiB,2147483648", "3MB,3000000"})
    void a_size_is_a_number_and_a_unit(String text, long bytes) {
        assertThat(Kind.SIZE_LIMIT.parser().parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"7", "KiB", "-1KiB", "1.5MiB", "1 kib", "999999999999TiB", "7s", ""})
    void a_size_that_is_none_is_refused(String text) {
        assertThatThrownBy(() -> Kind.SIZE_LIMIT.parser().parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"250us,0", "10ms,10", "2s,2000", "3m,180000", "1h,3600000", "7d,604800000"})
    void a_duration_is_a_number_and_a_unit(String text, long ms) {
        assertThat(Kind.AGE_MS.parser().parse(text)).isEqualTo(ms);
    }

    @Test
    void unlimited_is_minus_one() {
        assertThat(Kind.SIZE_LIMIT.parser().parse("unlimited")).isEqualTo(-1);
        assertThat(Kind.AGE_MS.parser().parse("unlimited")).isEqualTo(-1);
    }

    @Test
    void bounds_hold() {
        Kind<Duration> kind = Kind.duration("1ms", "1s");

        assertThat(kind.parser().parse("1s")).isEqualTo(Duration.ofSeconds(1));
        assertThatThrownBy(() -> kind.parser().parse("1001ms"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> kind.parser().parse("999us"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "65536", "AUTO", "", "1.0", "http"})
    void a_port_that_is_none_is_refused(String text) {
        assertThatThrownBy(() -> Kind.PORT.parser().parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
