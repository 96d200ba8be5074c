package io.polylog.interop.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// Somebody's web server, which writes down what it gets. It answers 204 unless told otherwise.
final class Receiver implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private final HttpServer server;
    private final List<Got> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger mostUnderWay = new AtomicInteger();
    private volatile Function<Got, Answer> behaviour = _ -> new Answer(204, "");

    /// A request.
    ///
    /// @param headers by name in lower case
    record Got(String path, Map<String, List<String>> headers, String body, long atNanos) {
        @Nullable String header(String name) {
            List<String> all = headers.get(name);
            return all == null ? null : all.getFirst();
        }

        String id() {
            return Objects.requireNonNull(header("webhook-id"));
        }

        void verify(String secret) throws Exception {
            new Webhook(secret).verify(body, headers);
        }
    }

    /// What it answers.
    ///
    /// @param headers names and values in turn
    record Answer(int status, String body, String... headers) {}

    private Receiver(int port) throws IOException {
        server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    static Receiver start() throws IOException {
        return new Receiver(0);
    }

    static Receiver startOn(int port) throws IOException {
        return new Receiver(port);
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/hook?a=b";
    }

    /// From now on it answers so.
    void answer(Function<Got, Answer> answers) {
        behaviour = answers;
    }

    void answer(int status) {
        answer(_ -> new Answer(status, ""));
    }

    private void handle(HttpExchange exchange) throws IOException {
        mostUnderWay.accumulateAndGet(underWay.incrementAndGet(), Math::max);
        try (exchange) {
            Map<String, List<String>> headers = new HashMap<>();
            exchange.getRequestHeaders()
                    .forEach((name, all) -> headers.put(name.toLowerCase(Locale.ROOT), all));
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            String path = exchange.getRequestURI().toString();
            Got got = new Got(path, headers, body, System.nanoTime());
            Answer answer = behaviour.apply(got);
            requests.add(got);
            underWay.decrementAndGet();
            for (int i = 0; i < answer.headers.length; i += 2) {
                exchange.getResponseHeaders().add(answer.headers[i], answer.headers[i + 1]);
            }
            byte[] bytes = answer.body.getBytes(UTF_8);
            exchange.sendResponseHeaders(answer.status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    List<Got> requests() {
        return requests;
    }

    int mostUnderWay() {
        return mostUnderWay.get();
    }

    /// The requests, as soon as there are so many.
    List<Got> await(int count) {
        Awaitility.await("requests").atMost(PATIENCE).until(() -> requests.size() >= count);
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
