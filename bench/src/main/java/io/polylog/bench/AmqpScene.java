package io.polylog.bench;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A broker of its own with RabbitMQ's client, and what is printed of it: for loads that no
/// [Driver] describes.
final class AmqpScene implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final long LOOK_NANOS = 5_000_000;

    final BrokerProcess broker;
    private final Scratch scratch;
    private Connection connection;

    AmqpScene(String name) throws Exception {
        scratch = new Scratch(name);
        broker = BrokerProcess.start(scratch.path("data"), scratch.path("broker.log"));
        connection = connect();
    }

    private Connection connect() throws IOException, TimeoutException {
        ConnectionFactory factory = new ConnectionFactory();
        factory.setHost("127.0.0.1");
        factory.setPort(broker.port("amqp"));
        factory.setAutomaticRecoveryEnabled(false);
        return factory.newConnection();
    }

    Channel channel() throws IOException {
        return connection.createChannel();
    }

    /// A channel of a connection of its own.
    Channel ownChannel() throws IOException, TimeoutException {
        return connect().createChannel();
    }

    /// What one of several clients does, each on a connection of its own.
    interface Share {
        /// Does it.
        ///
        /// @param client which of them it is, from 0
        void run(Channel channel, int client) throws Exception;
    }

    /// Runs as many shares at the same time; their connections stay open. Returns when all are
    /// done.
    void share(int clients, Share share) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                int client = i;
                Callable<Boolean> task =
                        () -> {
                            share.run(ownChannel(), client);
                            return true;
                        };
                running.add(threads.submit(task));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
    }

    /// Kills the broker, starts it again and prints how long that took.
    void restart() throws Exception {
        connection.abort();
        broker.kill9();
        broker.restart();
        line("kill -9, start to ready %,d ms", broker.startTime().toMillis());
        connection = connect();
    }

    /// CPU seconds that the broker has used.
    double cpuSeconds() {
        return broker.cpuTime().toNanos() / 1e9;
    }

    /// Prints what it holds in memory.
    void memory(String when) {
        line("resident memory %s: %,d MiB", when, broker.residentBytes() >> 20);
    }

    static void line(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }

    /// Waits for something others do.
    static void await(String what, BooleanSupplier there) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!there.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("waited too long for " + what);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    @Override
    public void close() throws IOException {
        connection.abort();
        broker.close();
        scratch.close();
    }
}
