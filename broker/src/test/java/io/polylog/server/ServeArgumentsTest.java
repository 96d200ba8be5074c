package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.server.ServeArguments.UsageException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServeArgumentsTest {
    @Test
    void flags_may_come_in_any_order_with_their_value_behind_a_space_or_an_equals_sign()
            throws Exception {
        ServeArguments arguments =
                ServeArguments.parse(
                        List.of("--set", "a.b=c", "--data=/d", "--set=e.f=g=h", "--config", "x"));

        assertThat(arguments)
                .isEqualTo(
                        new ServeArguments(
                                Optional.of("x"), Optional.of("/d"), List.of("a.b=c", "e.f=g=h")));
    }

    @Test
    void what_is_no_flag_is_refused() {
        assertThatThrownBy(() -> ServeArguments.parse(List.of("--dta", "x")))
                .isInstanceOf(UsageException.class)
                .hasMessage("unknown argument --dta");
    }

    @Test
    void a_flag_without_its_value_is_refused() {
        assertThatThrownBy(() -> ServeArguments.parse(List.of("--config")))
                .isInstanceOf(UsageException.class)
                .hasMessage("--config needs a value");
    }
}
