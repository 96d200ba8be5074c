package io.polylog.bench;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// RabbitMQ's Java client: a durable queue, persistent messages with confirms, consumers that
/// acknowledge every hundredth message with all before it. A connection for each client.
final class AmqpDriver implements Driver {
    private static final int PREFETCH = 1_000;
    private static final int ACK_EVERY = 100;

    private final ConnectionFactory factory = new ConnectionFactory();
    private final List<Connection> connections = new ArrayList<>();
    private String queue = "";

    AmqpDriver(String address) {
        int colon = address.lastIndexOf(':');
        factory.setHost(address.substring(0, colon));
        factory.setPort(Integer.parseInt(address.substring(colon + 1)));
        factory.setAutomaticRecoveryEnabled(false);
    }

    @Override
    public void prepare(String name, int clients) throws Exception {
        queue = name;
        channel().queueDeclare(queue, true, false, false, null);
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws Exception {
        return new AmqpPublisher(queue, channel());
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) throws Exception {
        Channel channel = channel();
        channel.basicQos(PREFETCH);
        channel.basicConsume(queue, false, new Sink(channel, sink));
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
        private int taken;

        Sink(Channel channel, Consumer<byte[]> sink) {
            super(channel);
            this.sink = sink;
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            sink.accept(body);
            if (++taken % ACK_EVERY == 0) {
                getChannel().basicAck(envelope.getDeliveryTag(), true);
            }
        }
    }

    private static final class AmqpPublisher implements Publisher {
        private final String queue;
        private final Channel channel;
        private final ConcurrentNavigableMap<Long, Answer> unconfirmed =
                new ConcurrentSkipListMap<>();

        AmqpPublisher(String queue, Channel channel) throws IOException {
            this.queue = queue;
            this.channel = channel;
            channel.confirmSelect();
            channel.addConfirmListener(
                    (tag, multiple) -> answer(tag, multiple, true),
                    (tag, multiple) -> answer(tag, multiple, false));
        }

        @Override
        public void send(byte[] message, Answer answer) throws IOException {
            unconfirmed.put(channel.getNextPublishSeqNo(), answer);
            channel.basicPublish("", queue, MessageProperties.PERSISTENT_BASIC, message);
        }

        @Override
        public void flush() {}

        @Override
        public void close() throws IOException, TimeoutException {
            channel.close();
        }

        private void answer(long tag, boolean multiple, boolean accepted) {
            var answered =
                    multiple
                            ? unconfirmed.headMap(tag, true)
                            : unconfirmed.subMap(tag, true, tag, true);
            answered.values().forEach(answer -> answer.confirmed(accepted));
            answered.clear();
        }
    }
}
