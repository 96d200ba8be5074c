package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.SaslConfig;
import com.rabbitmq.client.SaslMechanism;
import com.rabbitmq.client.impl.AMQConnection;
import com.rabbitmq.client.impl.LongStringHelper;
import io.polylog.config.ConfigException;
import io.polylog.interop.RunningBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logging in where there are users, with RabbitMQ's Java client.
class LoginTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(folder.resolve("data"), "listen.ports.kafka=0", RunningBroker.ANN);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static ConnectionFactory factory(String user, String password) {
        ConnectionFactory factory = Rabbit.factory(broker);
        factory.setUsername(user);
        factory.setPassword(password);
        return factory;
    }

    @Test
    void the_right_password_lets_in_time_and_again() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (Rabbit rabbit = Rabbit.on(factory("ann", "guest"))) {
                assertThat(rabbit.channel.queueDeclare().getQueue()).startsWith("amq.gen-");
            }
        }
    }

    @Test
    void another_one_or_nobody_is_refused_with_403() {
        for (ConnectionFactory wrong :
                new ConnectionFactory[] {
                    factory("ann", "wrong"), factory("ann", ""), factory("guest", "guest")
                }) {
            assertThatThrownBy(wrong::newConnection)
                    .isInstanceOf(AuthenticationFailureException.class)
                    .hasMessage(
                            "ACCESS_REFUSED - Login was refused using authentication mechanism"
                                    + " PLAIN. For details see the broker logfile.");
        }
    }

    @Test
    void amqplain_is_held_to_the_same() throws Exception {
        ConnectionFactory right = factory("", "");
        right.setSaslConfig(amqplain("ann", "guest"));
        right.newConnection().close();

        ConnectionFactory wrong = factory("", "");
        wrong.setSaslConfig(amqplain("ann", "wrong"));
        assertThatThrownBy(wrong::newConnection)
                .isInstanceOf(AuthenticationFailureException.class)
                .hasMessageContaining("mechanism AMQPLAIN");
    }

    private static SaslConfig amqplain(String user, String password) {
        String table =
                "\5LOGINS\0\0\0"
                        + (char) user.length()
                        + user
                        + "\10PASSWORDS\0\0\0"
                        + (char) password.length()
                        + password;
        return mechanisms ->
                new SaslMechanism() {
                    @Override
                    public String getName() {
                        return "AMQPLAIN";
                    }

                    @Override
                    public com.rabbitmq.client.LongString handleChallenge(
                            com.rabbitmq.client.LongString challenge, String name, String secret) {
                        return LongStringHelper.asLongString(
                                table.getBytes(StandardCharsets.ISO_8859_1));
                    }
                };
    }

    @Test
    void a_client_that_would_not_understand_is_cut_off() {
        ConnectionFactory old = factory("ann", "wrong");
        Map<String, Object> properties = AMQConnection.defaultClientProperties();
        properties.remove("capabilities");
        old.setClientProperties(properties);
        assertThatThrownBy(old::newConnection)
                .isInstanceOf(PossibleAuthenticationFailureException.class)
                .isNotInstanceOf(AuthenticationFailureException.class);
    }

    @Test
    void a_protocol_without_a_login_is_not_served_beside_users() {
        assertThatThrownBy(() -> RunningBroker.on(folder.resolve("other"), RunningBroker.ANN))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("Kafka's protocol has no login yet");
    }
}
