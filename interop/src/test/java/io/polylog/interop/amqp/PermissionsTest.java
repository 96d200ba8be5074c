package io.polylog.interop.amqp;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.Closed;
import io.polylog.interop.amqp.Rabbit.Mistake;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What users may do, with RabbitMQ's Java client.
class PermissionsTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder,
                        "auth.permissions.ann=configure=.* write=.* read=.*",
                        "auth.permissions.*=configure=^own write=^(own|amq\\.topic)"
                                + " read=^(?!.*secret)");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static Rabbit as(String user) throws Exception {
        ConnectionFactory factory = Rabbit.factory(broker);
        factory.setUsername(user);
        return Rabbit.on(factory);
    }

    @Test
    void what_is_allowed_works_and_all_else_is_answered_with_403() throws Exception {
        try (Rabbit ann = as("ann");
                Rabbit bob = as("bob")) {
            ann.queue("secret");
            bob.queue("own");
            bob.store("own", "hello");
            assertThat(bob.drain("own")).containsExactly("hello");
            bob.channel.queueBind("own", "amq.topic", "weather.#");

            refused(
                    bob,
                    "configure",
                    "other",
                    on -> on.queueDeclare("other", true, false, false, null));
            refused(bob, "read", "secret", on -> on.basicConsume("secret", (_, _) -> {}, _ -> {}));
            refused(bob, "read", "secret", on -> on.basicGet("secret", true));
            refused(bob, "read", "a.secret", on -> on.queueBind("own", "amq.topic", "a.secret"));
            refused(bob, "write", "secret", on -> on.queueBind("secret", "amq.topic", "a"));
            Channel channel = bob.connection.createChannel();
            Closed published =
                    Rabbit.closed(channel, () -> Rabbit.publish(channel, "secret", "hello"));
            assertThat(published.code()).isEqualTo(403);
            assertThat(ann.channel.messageCount("secret")).isZero();
        }
    }

    /// Something a channel is closed for.
    @FunctionalInterface
    private interface Attempt {
        void make(Channel on) throws Exception;
    }

    private static void refused(Rabbit who, String operation, String name, Attempt attempt)
            throws Exception {
        Channel channel = who.connection.createChannel();
        Mistake mistake = () -> attempt.make(channel);
        Closed closed = Rabbit.closed(channel, mistake);
        assertThat(closed.code()).isEqualTo(403);
        assertThat(closed.text())
                .isEqualTo(
                        "ACCESS_REFUSED - %s access to '%s' refused for user 'bob'"
                                .formatted(operation, name));
    }
}
