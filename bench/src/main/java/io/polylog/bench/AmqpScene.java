package io.polylog.bench;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Scratch;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A broker of its own with RabbitMQ's client, and what is printed of it: for loads that no
/// [Driver] describes.
final class AmqpScene implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final String STATE_BACK = "state back in";
    private static final long LOOK_NANOS = 5_000_000;

    private static final JsonMapper JSON = new JsonMapper();

    final BrokerProcess broker;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Scratch scratch;
    private Connection connection;

    /// @param flags more flags of `polylog serve`
    AmqpScene(String name, String... flags) throws Exception {
        scratch = new Scratch(name);
        broker = BrokerProcess.start(scratch.path("data"), scratch.path("broker.log"), flags);
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

    /// The message of a queue at an offset, as an operator sees it, or what comes behind.
    JsonNode peek(String queue, long offset) throws IOException, InterruptedException {
        String answer =
                ask(
                        "GET",
                        "/api/v1/queues/messages?name=%s&from=%d&limit=1".formatted(queue, offset),
                        "");
        return JSON.readTree(answer).path("messages").path(0);
    }

    /// Asks over HTTP; what is refused fails.
    ///
    /// @return the body of the answer
    String ask(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + broker.address("http") + path))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build();
        var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() >= 300) {
            throw new IllegalStateException(answer.statusCode() + " " + answer.body());
        }
        return answer.body();
    }

    /// What the broker says of its last start: time for the state alone, batches replayed.
    String lastStart() throws IOException {
        return lastStart(scratch.path("broker.log"));
    }

    /// What a broker says in its log of its last start.
    static String lastStart(Path log) throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains(STATE_BACK))
                .reduce("nothing said", (_, last) -> last.substring(last.indexOf(STATE_BACK)));
    }

    /// Bytes of a data directory's files of one kind.
    ///
    /// @param suffix of their names
    static long bytesOf(Path data, String suffix) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(data)) {
            for (Path file : files.filter(file -> file.toString().endsWith(suffix)).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }

    static void line(String format, Object... values) {
        System.out.printf(Locale.ROOT, format + "%n", values);
    }

    /// Waits for something others do.
    static void await(String what, BooleanSupplier there) {
        await(what, PATIENCE, there);
    }

    /// Waits for something others do, for as long as it may take.
    static void await(String what, Duration patience, BooleanSupplier there) {
        long deadline = System.nanoTime() + patience.toNanos();
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
        http.close();
        broker.close();
        scratch.close();
    }
}
