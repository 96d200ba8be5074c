package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import io.polylog.interop.RunningBroker;
import io.polylog.interop.amqp.Rabbit.ChannelMistake;
import io.polylog.interop.amqp.Rabbit.Closed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The types of exchanges that RabbitMQ has as plugins, with its Java client.
class ExchangeTypesTest {
    private static final int MESSAGES = 400;
    private static final List<String> QUEUES = List.of("q0", "q1", "q2", "q3");

    @TempDir private static Path folder;
    private static RunningBroker broker;
    private Rabbit rabbit;
    private Channel channel;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void connect() throws Exception {
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        channel.confirmSelect();
        for (String queue : QUEUES) {
            channel.queueDelete(queue);
            rabbit.queue(queue);
        }
        channel.exchangeDelete("x");
    }

    @AfterEach
    void disconnect() throws Exception {
        rabbit.close();
    }

    private void exchange(String type, String key, Map<String, Object> arguments)
            throws IOException {
        channel.exchangeDeclare("x", type, true, false, arguments);
        for (String queue : QUEUES) {
            channel.queueBind(queue, "x", key);
        }
    }

    private void publish(String key, BasicProperties properties) throws Exception {
        channel.basicPublish("x", key, properties, key.getBytes(UTF_8));
    }

    /// Publishes one message for each of many keys and gives the keys each queue got.
    private List<List<String>> spread() throws Exception {
        for (int i = 0; i < MESSAGES; i++) {
            publish("key" + i, null);
        }
        return drained();
    }

    private List<List<String>> drained() throws Exception {
        channel.waitForConfirmsOrDie(Rabbit.PATIENCE.toMillis());
        List<List<String>> keys = new ArrayList<>();
        for (String queue : QUEUES) {
            keys.add(rabbit.drain(queue));
        }
        return keys;
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-consistent-hash", "x-modulus-hash"})
    void a_hash_spreads_keys_and_keeps_each_with_its_queue(String type) throws Exception {
        exchange(type, "1", Map.of());
        List<List<String>> first = spread();

        assertThat(first).allSatisfy(keys -> assertThat(keys).hasSizeBetween(60, 140));
        assertThat(spread()).isEqualTo(first);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x-random", "x-local-random"})
    void chance_spreads_messages_of_one_key(String type) throws Exception {
        exchange(type, "", Map.of());
        for (int i = 0; i < MESSAGES; i++) {
            publish("same", null);
        }
        List<List<String>> got = drained();

        assertThat(got).allSatisfy(keys -> assertThat(keys).hasSizeBetween(50, 150));
        assertThat(got.stream().mapToInt(List::size).sum()).isEqualTo(MESSAGES);
    }

    @Test
    void a_new_queue_takes_its_share_of_a_consistent_hash_and_moves_nothing_else()
            throws Exception {
        exchange("x-consistent-hash", "10", Map.of());
        channel.queueUnbind("q3", "x", "10");
        List<List<String>> before = spread();
        channel.queueBind("q3", "x", "10");
        List<List<String>> after = spread();

        assertThat(before.get(3)).isEmpty();
        assertThat(after.get(3)).hasSizeBetween(60, 140);
        for (int i = 0; i < 3; i++) {
            assertThat(before.get(i)).containsAll(after.get(i));
        }
    }

    @Test
    void a_consistent_hash_looks_at_a_header_or_a_property_when_told() throws Exception {
        exchange("x-consistent-hash", "1", Map.of("hash-header", "customer"));
        for (int i = 0; i < 40; i++) {
            Map<String, Object> headers = Map.of("customer", "ann");
            publish("k" + i, new BasicProperties.Builder().headers(headers).build());
        }
        assertThat(drained().stream().filter(keys -> keys.size() == 40)).hasSize(1);

        channel.exchangeDelete("x");
        exchange("x-consistent-hash", "1", Map.of("hash-property", "message_id"));
        for (int i = 0; i < 40; i++) {
            publish("same", new BasicProperties.Builder().messageId("m" + i).build());
        }
        assertThat(drained()).allSatisfy(keys -> assertThat(keys).hasSizeBetween(1, 30));
    }

    @Test
    void types_and_what_they_hash_are_there_after_a_restart() throws Exception {
        exchange("x-consistent-hash", "1", Map.of());
        List<List<String>> before = spread();
        rabbit.close();
        broker.restart();
        rabbit = Rabbit.on(broker);
        channel = rabbit.channel;
        channel.confirmSelect();

        channel.exchangeDeclare("x", "x-consistent-hash", true, false, Map.of());
        assertThat(spread()).isEqualTo(before);
    }

    @Test
    void what_makes_no_sense_is_refused_in_rabbitmqs_words() throws Exception {
        exchange("x-consistent-hash", "1", Map.of());
        assertRefused(
                "The binding key must be greater than 0", own -> own.queueBind("q0", "x", "0"));
        assertRefused(
                "The binding key must not exceed 10000", own -> own.queueBind("q0", "x", "10001"));
        assertRefused(
                "The binding key must be an integer: 'k'", own -> own.queueBind("q0", "x", "k"));
        assertRefused(
                "The binding key must be an integer: 'k'",
                own -> own.exchangeBind("amq.fanout", "x", "k"));
        assertRefused("Unsupported property: user_id", own -> hashing(own, "hash-property"));
        assertRefused(
                "hash-header and hash-property are mutually exclusive",
                own -> hashing(own, "hash-header", "hash-property"));
        assertRefused(
                "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'x-random' but"
                        + " current is 'x-consistent-hash'",
                own -> own.exchangeDeclare("x", "x-random", true));
        channel.exchangeDelete("x");
        channel.exchangeDeclare("x", "x-local-random", true);
        assertRefused(
                "Non empty binding 'k' key not permitted", own -> own.queueBind("q0", "x", "k"));
        assertRefused(
                "inequivalent arg 'type' for exchange 'x' in vhost '/': received 'x-random' but"
                        + " current is 'x-local-random'",
                own -> own.exchangeDeclare("x", "x-random", true));
    }

    private static void hashing(Channel channel, String... arguments) throws IOException {
        Map<String, Object> all = new HashMap<>();
        for (String argument : arguments) {
            all.put(argument, "user_id");
        }
        channel.exchangeDeclare("y", "x-consistent-hash", true, false, all);
    }

    private void assertRefused(String text, ChannelMistake mistake) throws IOException {
        Closed closed = rabbit.closed(mistake);
        assertThat(closed).isEqualTo(new Closed(406, "PRECONDITION_FAILED - " + text, false));
    }
}
