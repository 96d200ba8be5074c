package io.polylog.bench;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// RabbitMQ's Java client: a durable queue, persistent messages with confirms, consumers that
/// acknowledge every so many messages with all before them. A connection for each client.
final class AmqpDriver implements Driver {
    private final ConnectionFactory factory = new ConnectionFactory();
    private final List<Connection> connections = new ArrayList<>();
    private final Terms terms;
    private String queue = "";

    /// How messages are consumed.
    ///
    /// @param prefetch most that are unacknowledged
    /// @param ackEvery so many are acknowledged at once
    /// @param queueType x-queue-type, or empty for none
    record Terms(int prefetch, int ackEvery, String queueType) {
        static final Terms USUAL = new Terms(1_000, 100, "");
    }

    AmqpDriver(String address, Terms terms) {
        this.terms = terms;
        int colon = address.lastIndexOf(':');
        factory.setHost(address.substring(0, colon));
        factory.setPort(Integer.parseInt(address.substring(colon + 1)));
        factory.setAutomaticRecoveryEnabled(false);
    }

    @Override
    public void prepare(String name, int clients) throws Exception {
        queue = name;
        Map<String, Object> arguments =
                terms.queueType.isEmpty() ? Map.of() : Map.of("x-queue-type", terms.queueType);
        channel().queueDeclare(queue, true, false, false, arguments);
    }

    /// They compete for the messages of one queue.
    @Override
    public boolean isOrdered(int clients) {
        return clients == 1;
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws Exception {
        return new AmqpSender(channel(), "", queue);
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) throws Exception {
        Channel channel = channel();
        channel.basicQos(terms.prefetch);
        channel.basicConsume(queue, false, new Sink(channel, terms.ackEvery, sink));
    }

    @Override
    public void end() throws Exception {
        channel().queueDelete(queue);
        for (Connection connection : connections) {
            connection.abort();
        }
    }

    private Channel channel() throws IOException, TimeoutException {
        Connection connection = factory.newConnection();
        connections.add(connection);
        return connection.createChannel();
    }

    private static final class Sink extends DefaultConsumer {
        private final Consumer<byte[]> sink;
        private final int ackEvery;
        private int taken;

        Sink(Channel channel, int ackEvery, Consumer<byte[]> sink) {
            super(channel);
            this.ackEvery = ackEvery;
            this.sink = sink;
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            sink.accept(body);
            if (++taken % ackEvery == 0) {
                getChannel().basicAck(envelope.getDeliveryTag(), true);
            }
        }
    }
}
