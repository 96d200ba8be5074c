package io.polylog.demo;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.CancelCallback;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.DefaultConsumer;
import com.rabbitmq.client.Envelope;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/// Competing workers with RabbitMQ's client on the shared subscription `orders::billing`. Every
/// fiftieth order fails at its first try and goes back; one worker breaks down in the middle of its
/// work and is replaced. Workers run on their connections' own threads.
final class Billing {
    private static final String SUBSCRIPTION = Shop.TOPIC + "::billing";
    private static final int WORKERS = 4;
    private static final int PREFETCH = 200;
    private static final int FAILS_EVERY = 50;
    private static final int BREAKS_DOWN_AFTER = 5_000;

    private final int port;
    private final Inbox inbox;
    private final List<Connection> connections = new ArrayList<>();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger brokeDown = new AtomicInteger();

    Billing(int port, Inbox inbox) throws IOException, TimeoutException {
        this.port = port;
        this.inbox = inbox;
        for (int i = 0; i < WORKERS; i++) {
            hire(i == 0);
        }
    }

    /// How many tries failed and went back to the queue.
    int failed() {
        return failed.get();
    }

    int brokeDown() {
        return brokeDown.get();
    }

    /// Sends everybody home. What they acknowledged is settled when this returns.
    synchronized void leave() throws IOException {
        for (Connection connection : connections) {
            if (connection.isOpen()) {
                connection.close();
            }
        }
        connections.clear();
    }

    /// Whether the subscription owes nothing any more: a new worker gets nothing to do.
    boolean isSettled() throws IOException, TimeoutException, InterruptedException {
        try (Connection connection = connect()) {
            CountDownLatch work = new CountDownLatch(1);
            connection
                    .createChannel()
                    .basicConsume(
                            SUBSCRIPTION,
                            false,
                            (_, _) -> work.countDown(),
                            (CancelCallback) _ -> {});
            return !work.await(1, TimeUnit.SECONDS);
        }
    }

    private Connection connect() throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(port);
        factory.setNetworkRecoveryInterval(200); // milliseconds; its default is five seconds
        return factory.newConnection("billing");
    }

    private synchronized void hire(boolean fragile) throws IOException, TimeoutException {
        Connection connection = connect();
        connections.add(connection);
        Channel channel = connection.createChannel();
        channel.basicQos(PREFETCH);
        channel.basicConsume(SUBSCRIPTION, false, new Worker(channel, fragile));
    }

    /// One worker; called on its connection's thread.
    private final class Worker extends DefaultConsumer {
        private final boolean fragile;
        private int billed;
        private boolean gone;

        Worker(Channel channel, boolean fragile) {
            super(channel);
            this.fragile = fragile;
        }

        @Override
        public void handleDelivery(
                String tag, Envelope envelope, AMQP.BasicProperties properties, byte[] body)
                throws IOException {
            if (gone) {
                return;
            }
            int number = inbox.receive(body, envelope.isRedeliver());
            if (number % FAILS_EVERY == 0 && !envelope.isRedeliver()) {
                failed.incrementAndGet();
                getChannel().basicNack(envelope.getDeliveryTag(), false, true);
                return;
            }
            billed++;
            if (fragile && billed >= BREAKS_DOWN_AFTER) {
                breakDown();
                return;
            }
            if (number >= 0) {
                inbox.done(number);
            }
            getChannel().basicAck(envelope.getDeliveryTag(), false);
        }

        /// Gone with up to a prefetch of orders in its hands; another takes its place.
        private void breakDown() {
            gone = true;
            brokeDown.incrementAndGet();
            Thread.startVirtualThread(() -> {
                getChannel().getConnection().abort();
                try {
                    hire(false);
                } catch (IOException | TimeoutException e) {
                    throw new IllegalStateException("no other worker to be had", e);
                }
            });
        }
    }
}
