package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.AMQP.Queue.DeclareOk;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.ShutdownSignalException;
import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What queues do by rule (docs/amqp091.md), with RabbitMQ's Java client: expiry, limits, dead
/// letters.
class RulesTest {
    @TempDir private Path folder;
    private RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
        connect();
    }

    private void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
    }

    @AfterEach
    void stop() throws Exception {
        rabbit.close();
        broker.close();
    }

    private void queue(String name, Map<String, Object> arguments) throws IOException {
        channel.queueDeclare(name, true, false, false, arguments);
    }

    private static Map<String, Object> sendingTo(String queue, Map<String, Object> more) {
        Map<String, Object> arguments = new HashMap<>(more);
        arguments.put("x-dead-letter-exchange", "");
        arguments.put("x-dead-letter-routing-key", queue);
        return arguments;
    }

    private GetResponse awaitOne(String queue) {
        List<GetResponse> got = new ArrayList<>();
        await().atMost(Rabbit.PATIENCE)
                .until(() -> {
                    GetResponse next = channel.basicGet(queue, true);
                    if (next != null) {
                        got.add(next);
                    }
                    return next != null;
                });
        return got.getFirst();
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> deaths(GetResponse letter) {
        Object header = letter.getProps().getHeaders().get("x-death");
        return (List<Map<String, Object>>) Objects.requireNonNull(header);
    }

    private static String text(Object value) {
        return String.valueOf(value);
    }

    @Test
    void anExpiredMessageTellsWhereItDiedAndWhatItSaid() throws Exception {
        queue("dead", Map.of());
        queue("brief", sendingTo("dead", Map.of("x-message-ttl", 60_000)));
        BasicProperties properties =
                new BasicProperties.Builder()
                        .expiration("100")
                        .headers(Map.of("mine", "kept", "CC", List.of("nobody")))
                        .build();
        long sent = System.currentTimeMillis();
        Rabbit.publish(channel, "brief", properties, "m");

        GetResponse letter = awaitOne("dead");
        assertThat(new String(letter.getBody(), UTF_8)).isEqualTo("m");
        assertThat(letter.getEnvelope().getExchange()).isEmpty();
        assertThat(letter.getEnvelope().getRoutingKey()).isEqualTo("dead");
        assertThat(letter.getEnvelope().isRedeliver()).isFalse();
        assertThat(letter.getProps().getExpiration()).isNull();
        Map<String, Object> headers = letter.getProps().getHeaders();
        assertThat(headers).doesNotContainKey("CC");
        assertThat(text(headers.get("mine"))).isEqualTo("kept");
        assertThat(text(headers.get("x-first-death-queue"))).isEqualTo("brief");
        assertThat(text(headers.get("x-first-death-reason"))).isEqualTo("expired");
        assertThat(text(headers.get("x-first-death-exchange"))).isEmpty();
        assertThat(text(headers.get("x-last-death-queue"))).isEqualTo("brief");
        Map<String, Object> death = deaths(letter).getFirst();
        assertThat(deaths(letter)).hasSize(1);
        assertThat(death.get("count")).isEqualTo(1L);
        assertThat(text(death.get("queue"))).isEqualTo("brief");
        assertThat(text(death.get("reason"))).isEqualTo("expired");
        assertThat(text(death.get("exchange"))).isEmpty();
        assertThat(death.get("routing-keys").toString()).isEqualTo("[brief, nobody]");
        assertThat(text(death.get("original-expiration"))).isEqualTo("100");
        assertThat(death.get("time"))
                .asInstanceOf(InstanceOfAssertFactories.DATE)
                .isBetween(Instant.ofEpochMilli(sent - 1_000), Instant.ofEpochMilli(sent + 20_000));
    }

    @Test
    void aMessageThatIsRetriedThroughTwoQueuesCountsItsRounds() throws Exception {
        queue("work", sendingTo("wait", Map.of()));
        queue("wait", sendingTo("work", Map.of("x-message-ttl", 50)));
        rabbit.store("work", "m");
        for (long round = 0; round < 3; round++) {
            GetResponse got = null;
            while (got == null) {
                got = channel.basicGet("work", false);
            }
            if (round > 0) {
                assertThat(deaths(got)).hasSize(2);
                for (Map<String, Object> death : deaths(got)) {
                    assertThat(death.get("count")).isEqualTo(round);
                }
            }
            channel.basicNack(got.getEnvelope().getDeliveryTag(), false, false);
        }
    }

    @Test
    void aQuorumQueueGivesUpAfterItsLimit() throws Exception {
        queue("dead", Map.of());
        queue("work", sendingTo("dead", Map.of("x-queue-type", "quorum", "x-delivery-limit", 2)));
        rabbit.store("work", "m");
        for (int i = 0; i < 3; i++) {
            GetResponse got = awaitUnacked("work");
            channel.basicNack(got.getEnvelope().getDeliveryTag(), false, true);
        }
        assertThat(text(deaths(awaitOne("dead")).getFirst().get("reason")))
                .isEqualTo("delivery_limit");
    }

    private GetResponse awaitUnacked(String queue) {
        List<GetResponse> got = new ArrayList<>();
        await().atMost(Rabbit.PATIENCE)
                .until(() -> {
                    GetResponse next = channel.basicGet(queue, false);
                    if (next != null) {
                        got.add(next);
                    }
                    return next != null;
                });
        return got.getFirst();
    }

    @Test
    void aFullQueueNacksOrDropsItsOldest() throws Exception {
        queue("firm", Map.of("x-max-length", 2, "x-overflow", "reject-publish"));
        queue("loose", Map.of("x-max-length", 2));
        rabbit.store("firm", "a", "b");
        channel.confirmSelect();
        Rabbit.publish(channel, "firm", "c");
        assertThat(channel.waitForConfirms(Rabbit.PATIENCE.toMillis())).isFalse();
        rabbit.store("loose", "a", "b", "c");
        assertThat(new String(awaitOne("loose").getBody(), UTF_8)).isEqualTo("b");
        DeclareOk firm = channel.queueDeclarePassive("firm");
        assertThat(firm.getMessageCount()).isEqualTo(2);
    }

    /// Asking for a queue is a use of it, so it is asked for less often than it may stay unused.
    @Test
    void anUnusedQueueGoes() throws Exception {
        queue("idle", Map.of("x-expires", 300));
        await().pollInterval(Duration.ofSeconds(2))
                .atMost(Rabbit.PATIENCE)
                .untilAsserted(() ->
                        assertThatThrownBy(this::lookForIdle).hasMessageContaining("NOT_FOUND"));
    }

    private void lookForIdle() throws Throwable {
        Channel looking = rabbit.connection.createChannel();
        try {
            looking.queueDeclarePassive("idle");
            looking.close();
        } catch (IOException e) {
            throw new IllegalStateException(String.valueOf(e.getCause()), e);
        }
    }

    @Test
    void contradictionsAreRefused() {
        refused(Map.of("x-dead-letter-routing-key", "k"), "x-dead-letter-exchange");
        refused(Map.of("x-overflow", "spill"), "x-overflow");
        refused(
                Map.of("x-overflow", "reject-publish-dlx", "x-queue-type", "quorum"),
                "x-queue-type");
    }

    private void refused(Map<String, Object> arguments, String named) {
        assertThatThrownBy(() ->
                        rabbit.connection
                                .createChannel()
                                .queueDeclare("odd", true, false, false, arguments))
                .cause()
                .isInstanceOf(ShutdownSignalException.class)
                .hasMessageContaining("406")
                .hasMessageContaining(named);
    }
}
