package io.polylog.security;

import static io.polylog.security.Operation.CONFIGURE;
import static io.polylog.security.Operation.READ;
import static io.polylog.security.Operation.WRITE;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class GrantsTest {
    private static boolean may(Grants grants, String user, Operation operation, String name) {
        return grants.allow(new Principal(user), operation, "/", name);
    }

    @Test
    void a_user_may_what_his_own_line_says_and_everybody_else_what_the_star_says() {
        var grants =
                new Grants(
                        Map.of(
                                "ann", Map.of("configure", "^ann\\.", "write", ".*"),
                                "*", Map.of("read", "^(?!test\\.nosubscribe$)")));

        assertThat(may(grants, "ann", CONFIGURE, "ann.orders")).isTrue();
        assertThat(may(grants, "ann", CONFIGURE, "orders.ann.")).isFalse();
        assertThat(may(grants, "ann", WRITE, "anything")).isTrue();
        assertThat(may(grants, "ann", READ, "ann.orders")).isFalse();
        assertThat(may(grants, "bob", READ, "test.nosubscribe")).isFalse();
        assertThat(may(grants, "bob", READ, "test.subscribe")).isTrue();
        assertThat(may(grants, "bob", WRITE, "anything")).isFalse();
    }

    @Test
    void without_a_line_for_everybody_others_may_do_nothing() {
        var grants = new Grants(Map.of("ann", Map.of("read", "x", "write", "")));

        assertThat(may(grants, "ann", READ, "axb")).isTrue();
        assertThat(may(grants, "ann", WRITE, "axb")).isFalse();
        assertThat(may(grants, "bob", READ, "axb")).isFalse();
    }

    @Test
    @Timeout(10)
    void a_name_made_to_take_long_is_refused_soon() {
        var grants = new Grants(Map.of("*", Map.of("read", "^(a|aa)+$", "write", "^(a|b)*$")));

        assertThat(may(grants, "eve", READ, "a".repeat(40))).isTrue();
        assertThat(may(grants, "eve", READ, "a".repeat(100) + "!")).isFalse();
        assertThat(may(grants, "eve", WRITE, "ab".repeat(30_000))).isFalse();
    }
}
