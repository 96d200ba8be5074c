package io.polylog.bench;

import io.nats.client.Connection;
import io.nats.client.Dispatcher;
import io.nats.client.JetStream;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PushSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// NATS' own Java client, JetStream: each publisher has a stream of one subject, stored in files,
/// and a push consumer without acknowledgements on it. A message waits for its PubAck. Or messages
/// are values of one key of a bucket, with the history that a bucket has.
final class JetStreamDriver implements Driver {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int MOST_WAITING = 20_000;

    private final String address;
    private final boolean bucket;
    private final List<Connection> clients = new ArrayList<>();
    private final List<String> streams = new ArrayList<>();
    private String name = "";

    /// @param bucket whether what is published are values of a key
    JetStreamDriver(String address, boolean bucket) {
        this.address = address;
        this.bucket = bucket;
    }

    @Override
    public void prepare(String name, int count) throws Exception {
        this.name = name;
        JetStreamManagement management = connect().jetStreamManagement();
        for (int client = 0; client < count; client++) {
            StreamConfiguration.Builder stream =
                    StreamConfiguration.builder()
                            .name((bucket ? "KV_" : "") + name + client)
                            .subjects(subject(client))
                            .storageType(StorageType.File);
            if (bucket) {
                stream.maxMessagesPerSubject(1)
                        .allowRollup(true)
                        .allowDirect(true)
                        .denyDelete(true);
            }
            streams.add(management.addStream(stream.build()).getConfiguration().getName());
        }
    }

    private String subject(int client) {
        return bucket ? "$KV." + name + client + ".key" : name + "." + client;
    }

    @Override
    public Publisher publisher(int client, boolean eager) throws Exception {
        Connection connection = connect();
        return new Sender(connection, connection.jetStream(), subject(client));
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) throws Exception {
        Connection connection = connect();
        Dispatcher dispatcher = connection.createDispatcher();
        dispatcher.setPendingLimits(-1, -1);
        ConsumerConfiguration all =
                ConsumerConfiguration.builder().ackPolicy(AckPolicy.None).build();
        connection
                .jetStream()
                .subscribe(
                        subject(client),
                        dispatcher,
                        message -> {
                            if (message.isJetStream()) {
                                sink.accept(message.getData());
                            }
                        },
                        false,
                        PushSubscribeOptions.builder().configuration(all).build());
        connection.flush(PATIENCE);
    }

    private Connection connect() throws Exception {
        Options options =
                new Options.Builder()
                        .server("nats://" + address)
                        .maxMessagesInOutgoingQueue(MOST_WAITING)
                        .noReconnect()
                        .build();
        Connection connection = Nats.connect(options);
        synchronized (clients) { // publishers connect on their own threads
            clients.add(connection);
        }
        return connection;
    }

    @Override
    public void end() throws Exception {
        JetStreamManagement management = connect().jetStreamManagement();
        for (String stream : streams) {
            management.deleteStream(stream);
        }
        for (Connection client : clients) {
            client.close();
        }
    }

    private record Sender(Connection client, JetStream stream, String subject)
            implements Publisher {
        @Override
        public void send(byte[] message, Answer answer) {
            stream.publishAsync(subject, message)
                    .whenComplete((_, failed) -> answer.confirmed(failed == null));
        }

        @Override
        public void flush() throws IOException {
            client.flushBuffer();
        }

        @Override
        public void close() throws IOException {
            try {
                client.close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }
}
