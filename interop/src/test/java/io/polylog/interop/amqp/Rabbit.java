package io.polylog.interop.amqp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A connection of RabbitMQ's Java client, and the calls tests make of it most. It does not recover
/// by itself: what breaks is to be seen.
public final class Rabbit implements AutoCloseable {
    public static final Duration PATIENCE = Duration.ofSeconds(20);

    public final Connection connection;

    /// A channel to begin with.
    public final Channel channel;

    private Rabbit(Connection connection) throws IOException {
        this.connection = connection;
        channel = connection.createChannel();
    }

    public static Rabbit on(RunningBroker broker) throws Exception {
        return on(factory(broker));
    }

    public static Rabbit on(ConnectionFactory factory) throws Exception {
        return new Rabbit(factory.newConnection());
    }

    public static ConnectionFactory factory(RunningBroker broker) {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port("amqp"));
        factory.setAutomaticRecoveryEnabled(false);
        return factory;
    }

    /// A durable queue that is nobody's own.
    public void queue(String name) throws IOException {
        channel.queueDeclare(name, true, false, false, null);
    }

    /// Publishes texts to a queue and returns when all are confirmed.
    public void store(String queue, String... texts) throws Exception {
        try (Channel confirming = connection.createChannel()) {
            confirming.confirmSelect();
            for (String text : texts) {
                publish(confirming, queue, text);
            }
            confirming.waitForConfirmsOrDie(PATIENCE.toMillis());
        }
    }

    /// Texts that begin alike, numbered from 0.
    public static String[] texts(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toArray(String[]::new);
    }

    public static void publish(Channel channel, String queue, String text) throws IOException {
        publish(channel, queue, MessageProperties.MINIMAL_PERSISTENT_BASIC, text);
    }

    public static void publish(Channel channel, String queue, BasicProperties with, String text)
            throws IOException {
        channel.basicPublish("", queue, with, text.getBytes(UTF_8));
    }

    /// What a queue holds, taken and acknowledged.
    public List<String> drain(String queue) throws IOException {
        List<String> texts = new ArrayList<>();
        GetResponse got = channel.basicGet(queue, true);
        while (got != null) {
            texts.add(new String(got.getBody(), UTF_8));
            got = channel.basicGet(queue, true);
        }
        return texts;
    }

    /// Waits until a queue has so many messages ready.
    public void awaitReady(String queue, int count) {
        await(queue).atMost(PATIENCE).until(() -> channel.messageCount(queue) == count);
    }

    /// A call that the broker answers by closing the channel or the connection.
    @FunctionalInterface
    public interface Mistake {
        void make() throws Exception;
    }

    /// How the broker closed something.
    ///
    /// @param code the reply code
    /// @param text the reply text
    /// @param connection whether it closed the whole connection
    public record Closed(int code, String text, boolean connection) {}

    /// Makes a mistake on a channel and tells how the broker answered it.
    public static Closed closed(Channel channel, Mistake mistake) {
        try {
            mistake.make();
        } catch (IOException | ShutdownSignalException expected) {
            // What was said is read from the channel below.
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        await().atMost(PATIENCE).until(() -> !channel.isOpen());
        return reason(channel.getCloseReason());
    }

    private static Closed reason(ShutdownSignalException signal) {
        return switch (signal.getReason()) {
            case com.rabbitmq.client.AMQP.Channel.Close close ->
                    new Closed(close.getReplyCode(), close.getReplyText(), false);
            case com.rabbitmq.client.AMQP.Connection.Close close ->
                    new Closed(close.getReplyCode(), close.getReplyText(), true);
            case Method other -> throw new AssertionError("closed by " + other);
        };
    }

    /// As [#closed(Channel,Mistake)] on a channel of its own.
    public Closed closed(ChannelMistake mistake) throws IOException {
        Channel own = connection.createChannel();
        return closed(own, () -> mistake.make(own));
    }

    /// A call on a channel that the broker answers by closing something.
    @FunctionalInterface
    public interface ChannelMistake {
        void make(Channel channel) throws Exception;
    }

    @Override
    public void close() throws IOException {
        if (connection.isOpen()) {
            connection.close();
        }
    }
}
