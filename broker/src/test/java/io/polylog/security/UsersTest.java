package io.polylog.security;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.io.SeededEntropy;
import io.polylog.io.Worker;
import io.polylog.io.Workers;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsersTest {
    /// As Python's hashlib makes them, of "guest" and "grüße".
    private static final String GUEST =
            "pbkdf2_sha256$10000$suite$olgauxdjmq87O4q4EcxIoobwuoSb9gjCbWY1Ta5XGOA=";

    private static final String GREETING =
            "pbkdf2_sha256$10000$salz$5J3yc7FREpNEuoimQBNiwQjDFnJ65jjod3SYIIJJ/Cc=";

    /// Takes the steps when the test says so.
    private static final class Steps implements Workers {
        private final AtomicReference<Worker> worker = new AtomicReference<>();
        private long due = Worker.UNTIL_WOKEN;

        @Override
        public Running start(String name, int priority, Worker started) {
            worker.set(started);
            return new Running() {
                @Override
                public void wake() {
                    due = 0;
                }

                @Override
                public void awaitEnd() {
                    run();
                    assertThat(due).isEqualTo(Worker.DONE);
                }
            };
        }

        void run() {
            while (due == 0) {
                due = worker.get().work();
            }
        }
    }

    private final Steps steps = new Steps();
    private final Users users =
            new Users(
                    Map.of("guest", PasswordHash.parse(GUEST), "ann", PasswordHash.parse(GREETING)),
                    new SeededEntropy(1),
                    steps);

    private CompletableFuture<Optional<Principal>> asks(String user, String password) {
        return users.byPassword(user, password.getBytes(UTF_8)).toCompletableFuture();
    }

    private Optional<Principal> login(String user, String password) {
        CompletableFuture<Optional<Principal>> answer = asks(user, password);
        steps.run();
        return answer.join();
    }

    @Test
    void the_right_password_lets_in_and_nothing_else_does() {
        assertThat(login("guest", "guest")).contains(new Principal("guest"));
        assertThat(login("ann", "grüße")).contains(new Principal("ann"));
        assertThat(login("guest", "wrong")).isEmpty();
        assertThat(login("guest", "")).isEmpty();
        assertThat(login("ann", "guest")).isEmpty();
        assertThat(login("nobody", "guest")).isEmpty();
        assertThat(login("", "")).isEmpty();
    }

    @Test
    void a_password_that_was_right_is_recognised_at_once_and_a_wrong_one_never() {
        login("guest", "guest");
        assertThat(asks("guest", "guest")).isCompletedWithValueMatching(Optional::isPresent);
        assertThat(asks("ann", "guest")).isNotDone();
        login("guest", "wrong");
        assertThat(asks("guest", "wrong")).isNotDone();
    }

    @Test
    void what_waits_is_bounded() {
        for (int i = 0; i < 256; i++) {
            assertThat(asks("guest", "p" + i)).isNotDone();
        }
        assertThat(asks("guest", "guest")).isCompletedWithValue(Optional.empty());
    }

    @Test
    void after_the_end_nobody_is_let_in() {
        CompletableFuture<Optional<Principal>> before = asks("guest", "guest");
        users.close();
        assertThat(before).isCompletedWithValue(Optional.empty());
        assertThat(asks("guest", "guest")).isCompletedWithValue(Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "guest",
                "pbkdf2_sha256$10000$salt",
                "pbkdf2_sha1$10000$salt$olgauxdjmq87O4q4EcxIoobwuoSb9gjCbWY1Ta5XGOA=",
                "pbkdf2_sha256$9999$salt$olgauxdjmq87O4q4EcxIoobwuoSb9gjCbWY1Ta5XGOA=",
                "pbkdf2_sha256$10000001$salt$olgauxdjmq87O4q4EcxIoobwuoSb9gjCbWY1Ta5XGOA=",
                "pbkdf2_sha256$10000$$olgauxdjmq87O4q4EcxIoobwuoSb9gjCbWY1Ta5XGOA=",
                "pbkdf2_sha256$10000$salt$b2xnYQ==",
                "pbkdf2_sha256$10000$salt$!!!"
            })
    void what_is_no_hash_is_refused_without_being_repeated(String text) {
        assertThatThrownBy(() -> PasswordHash.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
