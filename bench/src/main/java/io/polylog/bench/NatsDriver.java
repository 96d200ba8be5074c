package io.polylog.bench;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// NATS' own Java client, core NATS: each publisher has a subject of its own, and a consumer that
/// subscribes to it. Nothing answers a publish; messages count as taken at the next PONG. Or the
/// publishers ask and the consumers answer, and an answer is what its message waits for.
final class NatsDriver implements Driver {
    /// So many are published before a PING.
    private static final int PING_EVERY = 1000;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final String address;
    private final boolean asking;
    private final List<Connection> clients = new ArrayList<>();
    private String subject = "";

    /// @param asking whether each message is a request
    NatsDriver(String address, boolean asking) {
        this.address = address;
        this.asking = asking;
    }

    @Override
    public void prepare(String name, int clients) {
        subject = name;
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws Exception {
        Connection connection = connect();
        String where = subject + "." + client;
        return asking ? new Asker(connection, where) : new Sender(connection, where, eager);
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) throws Exception {
        Connection connection = connect();
        Dispatcher dispatcher =
                connection.createDispatcher(message -> {
                    sink.accept(message.getData());
                    if (asking) {
                        connection.publish(message.getReplyTo(), message.getData());
                    }
                });
        dispatcher.setPendingLimits(-1, -1);
        dispatcher.subscribe(subject + "." + client);
        connection.flush(PATIENCE);
    }

    private Connection connect() throws Exception {
        Options options = new Options.Builder().server("nats://" + address).noReconnect().build();
        Connection connection = Nats.connect(options);
        synchronized (clients) { // publishers connect on their own threads
            clients.add(connection);
        }
        return connection;
    }

    @Override
    public void end() throws Exception {
        for (Connection client : clients) {
            client.close();
        }
    }

    private static final class Sender implements Publisher {
        private final Connection client;
        private final String subject;
        private final boolean eager;
        private final Queue<Answer> unanswered = new ArrayDeque<>();

        /// @param eager whether each message leaves at once
        Sender(Connection client, String subject, boolean eager) {
            this.client = client;
            this.subject = subject;
            this.eager = eager;
        }

        @Override
        public void send(byte[] message, Answer answer) throws Exception {
            client.publish(subject, message);
            unanswered.add(answer);
            if (unanswered.size() >= PING_EVERY) {
                flush();
            } else if (eager) {
                client.flushBuffer();
            }
        }

        @Override
        public void flush() throws Exception {
            boolean came = true;
            try {
                client.flush(PATIENCE);
            } catch (TimeoutException lost) {
                came = false;
            }
            for (Answer next = unanswered.poll(); next != null; next = unanswered.poll()) {
                next.confirmed(came);
            }
        }

        @Override
        public void close() throws IOException {
            closeClient(client);
        }
    }

    private record Asker(Connection client, String subject) implements Publisher {
        @Override
        public void send(byte[] message, Answer answer) {
            client.request(subject, message)
                    .whenComplete((came, _) -> answer.confirmed(came != null));
        }

        @Override
        public void flush() throws IOException {
            client.flushBuffer();
        }

        @Override
        public void close() throws IOException {
            closeClient(client);
        }
    }

    private static void closeClient(Connection client) throws IOException {
        try {
            client.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
