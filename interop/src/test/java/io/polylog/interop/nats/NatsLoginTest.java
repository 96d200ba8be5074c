package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.nats.client.AuthenticationException;
import io.nats.client.Subscription;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who may connect, and what for.
class NatsLoginTest {
    /// jnats waits for all of its timeout when it is refused.
    private static final Duration SOON = Duration.ofMillis(500);

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder.resolve("data"),
                        "listen.ports.kafka=0",
                        RunningBroker.ANN,
                        "auth.permissions.ann=write=^open read=^open");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static Jnats login(String user, String password) throws Exception {
        return Jnats.on(
                broker, options -> options.userInfo(user.toCharArray(), password.toCharArray()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ann", "/:ann"})
    void who_is_known_gets_in_and_may_do_what_is_permitted(String user) throws Exception {
        try (Jnats ann = login(user, "guest")) {
            Subscription subscription = ann.subscribe("open.>");
            ann.publish("open.x", "hello");
            assertThat(Jnats.text(Jnats.next(subscription))).isEqualTo("hello");
        }
    }

    @Test
    void a_token_is_a_user_and_a_password() throws Exception {
        try (Jnats ann = Jnats.on(broker, options -> options.token("ann:guest".toCharArray()))) {
            assertThat(ann.client.getServerInfo().isAuthRequired()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({"ann, wrong", "bob, guest", "nowhere:ann, guest", "'', ''"})
    void who_is_not_known_is_refused(String user, String password) throws Exception {
        String options = ",\"user\":\"%s\",\"pass\":\"%s\"".formatted(user, password);
        try (RawNats nats = RawNats.connected(broker, options)) {
            assertThat(nats.line()).isEqualTo("-ERR 'Authorization Violation'");
            assertThat(nats.isClosed()).isTrue();
        }
    }

    @Test
    void nats_own_client_understands_that() {
        assertThatThrownBy(() -> Jnats.on(broker, options -> options.connectionTimeout(SOON)))
                .isInstanceOf(AuthenticationException.class)
                .hasMessageContaining("Authorization Violation");
    }

    @Test
    void nothing_is_taken_before_the_login() throws Exception {
        try (RawNats nats = RawNats.on(broker)) {
            nats.send("PUB open.x 1\r\nx\r\n");
            assertThat(nats.line()).isEqualTo("-ERR 'Authorization Violation'");
            assertThat(nats.isClosed()).isTrue();
        }
    }

    @Test
    void what_is_not_permitted_is_said_and_has_no_effect() throws Exception {
        try (RawNats nats = RawNats.connected(broker, ",\"user\":\"ann\",\"pass\":\"guest\"")) {
            nats.send("SUB open.* 1\r\nSUB closed 2\r\nSUB closed q 3\r\n");
            nats.send("PUB closed 1\r\nx\r\nPUB $topic.id.$SYS.x 1\r\nx\r\nPUB open.x 1\r\ny\r\n");

            assertThat(nats.untilPong())
                    .isEqualTo(
                            "-ERR 'Permissions Violation for Subscription to \"closed\"'\n"
                                + "-ERR 'Permissions Violation for Subscription to \"closed\" using"
                                + " queue \"q\"'\n"
                                + "-ERR 'Permissions Violation for Publish to \"closed\"'\n"
                                + "-ERR 'Permissions Violation for Publish to"
                                + " \"$topic.id.$SYS.x\"'\n"
                                + "MSG open.x 1 1\n"
                                + "y\n");
        }
    }
}
