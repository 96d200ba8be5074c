package io.polylog.interop.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JDK's client below `/v1` of a broker.
public final class Web implements AutoCloseable {
    public static final String BATCH = "application/vnd.polylog.batch+json";
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpClient client = HttpClient.newHttpClient();
    private final RunningBroker broker;

    public Web(RunningBroker broker) {
        this.broker = broker;
    }

    /// An answer.
    public record Reply(int status, JsonNode body) {
        /// The body of one that has this status.
        public JsonNode with(int expected) {
            assertThat(status).as(body.toString()).isEqualTo(expected);
            return body;
        }
    }

    public HttpClient client() {
        return client;
    }

    public URI uri(String path) {
        return root("/v1" + path);
    }

    private URI root(String path) {
        return URI.create("http://" + broker.address("http") + path);
    }

    /// What lies elsewhere.
    public Reply at(String path) throws Exception {
        return send(HttpRequest.newBuilder(root(path)).build());
    }

    /// Asks.
    ///
    /// @param headers names and values in turn
    public Reply ask(String method, String path, BodyPublisher body, String... headers)
            throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).method(method, body);
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request.build());
    }

    private Reply send(HttpRequest request) throws Exception {
        HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
        return new Reply(answer.statusCode(), read(answer.body()));
    }

    /// What JSON says.
    public static JsonNode read(byte[] body) {
        return JSON.readTree(new String(body, UTF_8));
    }

    public Reply ask(String method, String path) throws Exception {
        return ask(method, path, BodyPublishers.noBody());
    }

    /// Posts text.
    public Reply post(String path, String body, String... headers) throws Exception {
        return ask("POST", path, BodyPublishers.ofString(body), headers);
    }

    /// Posts several messages.
    public Reply batch(String path, String body) throws Exception {
        return post(path, body, "Content-Type", BATCH);
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
