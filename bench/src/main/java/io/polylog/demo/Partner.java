package io.polylog.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A partner's web server, which gets the large orders of one city as signed webhooks. It is out of
/// order for a while at first.
final class Partner implements AutoCloseable {
    private static final String CITY = "Porto";
    private static final double LEAST = 400;
    private static final int FAILURES = 300;
    private static final int BACKLOG = 64;
    private static final String KEY = "c29tZXRoaW5nIHRoYXQgb25seSB0d28ga25vdw==";
    private static final String SUBSCRIPTION = "topics/" + Shop.TOPIC + "/subscriptions/partner";

    private final Inbox inbox;
    private final HttpServer server;
    private final AtomicInteger failures = new AtomicInteger();
    private final AtomicInteger unsigned = new AtomicInteger();

    /// Serves, and has the broker post to it.
    ///
    /// @param http the broker's host:port
    Partner(String http, Inbox inbox) throws IOException, InterruptedException {
        this.inbox = inbox;
        server =
                HttpServer.create(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
        server.createContext("/orders", this::serve);
        server.setExecutor(null); // one thread is enough
        server.start();
        String filter =
                "cel:json.shippingAddress.city == '%s' && json.totalAmount > %.1f"
                        .formatted(CITY, LEAST);
        String url = "http://127.0.0.1:" + server.getAddress().getPort() + "/orders";
        try (HttpClient client = HttpClient.newHttpClient()) {
            put(client, http, SUBSCRIPTION, "{\"from\":\"first\",\"filter\":\"" + filter + "\"}");
            put(
                    client,
                    http,
                    "webhooks/partner",
                    """
                    {"topic":"%s","subscription":"partner","url":"%s","secrets":["whsec_%s"],
                     "retryMs":[200,400,800,1600,3200,6400,12800]}
                    """
                            .formatted(Shop.TOPIC, url, KEY));
        }
    }

    private static void put(HttpClient client, String http, String path, String body)
            throws IOException, InterruptedException {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://" + http + "/v1/" + path))
                        .PUT(BodyPublishers.ofString(body))
                        .build();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 201) {
            throw new IOException(path + ": " + answer.statusCode() + " " + answer.body());
        }
    }

    /// Whether an order is the partner's.
    static boolean owes(int number) {
        OrderPlaced order = Catalogue.order(number);
        return order.shippingAddress().city().equals(CITY) && order.totalAmount() > LEAST;
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (failures.get() < FAILURES) {
                failures.incrementAndGet();
                exchange.sendResponseHeaders(500, -1);
            } else if (isSigned(exchange, body)) {
                boolean again = !"1".equals(exchange.getRequestHeaders().getFirst("x-attempt"));
                int number = inbox.receive(body, again);
                if (number >= 0) {
                    inbox.done(number);
                }
                exchange.sendResponseHeaders(204, -1);
            } else {
                unsigned.incrementAndGet();
                exchange.sendResponseHeaders(401, -1);
            }
        }
    }

    /// As Standard Webhooks has it.
    private static boolean isSigned(HttpExchange exchange, byte[] body) {
        var headers = exchange.getRequestHeaders();
        String head =
                headers.getFirst("webhook-id") + "." + headers.getFirst("webhook-timestamp") + ".";
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(KEY), "HmacSHA256"));
            mac.update(head.getBytes(UTF_8));
            String right = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
            return List.of(String.valueOf(headers.getFirst("webhook-signature")).split(" "))
                    .stream()
                    .anyMatch(said ->
                            MessageDigest.isEqual(said.getBytes(UTF_8), right.getBytes(UTF_8)));
        } catch (GeneralSecurityException missing) {
            throw new IllegalStateException("this Java has no HmacSHA256", missing);
        }
    }

    /// Requests that it answered with an error.
    int failed() {
        return failures.get();
    }

    /// Requests that were not signed as agreed.
    int unsigned() {
        return unsigned.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
