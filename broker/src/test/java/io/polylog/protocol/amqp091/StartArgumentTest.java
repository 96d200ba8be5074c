package io.polylog.protocol.amqp091;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.broker.ConsumeSpec.Start;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every form of `x-stream-offset`.
class StartArgumentTest {
    private static final long NOW_MS = 1_700_000_000_000L;
    private static final long HOUR_MS = 3_600_000;

    static Stream<Arguments> forms() {
        return Stream.of(
                Arguments.of("first", Start.Edge.FIRST),
                Arguments.of("last", Start.Edge.LAST),
                Arguments.of("next", Start.Edge.NEXT),
                Arguments.of((byte) 7, new Start.Offset(7)),
                Arguments.of((short) 0, new Start.Offset(0)),
                Arguments.of(70_000, new Start.Offset(70_000)),
                Arguments.of(5_000_000_000L, new Start.Offset(5_000_000_000L)),
                Arguments.of(Instant.ofEpochSecond(5), new Start.Time(5000)),
                Arguments.of("90s", new Start.Time(NOW_MS - 90_000)),
                Arguments.of("5m", new Start.Time(NOW_MS - 300_000)),
                Arguments.of("1h", new Start.Time(NOW_MS - HOUR_MS)),
                Arguments.of("2D", new Start.Time(NOW_MS - 48 * HOUR_MS)),
                Arguments.of("1M", new Start.Time(NOW_MS - 30 * 24 * HOUR_MS)),
                Arguments.of("1Y", new Start.Time(NOW_MS - 365 * 24 * HOUR_MS)));
    }

    @ParameterizedTest
    @MethodSource("forms")
    void a_form_means_a_start(Object value, Start start) {
        assertThat(StartArgument.of(Map.of(StartArgument.NAME, value), NOW_MS)).isEqualTo(start);
    }

    @Test
    void nothing_said_means_from_now_on() {
        assertThat(StartArgument.of(Map.of(), NOW_MS)).isEqualTo(Start.Edge.NEXT);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", "then", "1", "h", "1w", "-1h", "9999999999h"})
    void other_words_are_refused(@Nullable String value) {
        assertRefused(value);
    }

    @Test
    void other_types_and_negative_offsets_are_refused() {
        assertRefused(-1L);
        assertRefused(true);
        assertRefused(1.5);
    }

    private static void assertRefused(@Nullable Object value) {
        Map<String, @Nullable Object> arguments =
                Collections.singletonMap(StartArgument.NAME, value);
        assertThatThrownBy(() -> StartArgument.of(arguments, NOW_MS))
                .isInstanceOfSatisfying(
                        AmqpException.class,
                        e -> assertThat(e.code).isEqualTo(ReplyCode.PRECONDITION_FAILED));
    }
}
