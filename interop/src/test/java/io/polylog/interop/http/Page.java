package io.polylog.interop.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The JDK's WebSocket at `/v1/ws` of a broker, as a page of a browser has one.
final class Page implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 20;
    private static final long SILENCE_MS = 150;
    private static final JsonMapper JSON = new JsonMapper();

    private final BlockingQueue<JsonNode> came = new LinkedBlockingQueue<>();
    private final List<JsonNode> skipped = new ArrayList<>();
    private final CompletableFuture<Closed> closed = new CompletableFuture<>();
    private final StringBuilder begun = new StringBuilder();
    private final WebSocket socket;
    private volatile boolean isPaused;

    /// How it ended.
    record Closed(int code, String reason) {}

    /// @param headers names and values in turn
    Page(Web web, String... headers) throws Exception {
        WebSocket.Builder builder = web.client().newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        URI uri = URI.create(web.uri("/ws").toString().replaceFirst("http", "ws"));
        try {
            socket =
                    builder.buildAsync(uri, new Listener()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException refused) {
            throw refused.getCause() instanceof Exception why ? why : refused;
        }
    }

    private final class Listener implements WebSocket.Listener {
        @Override
        public CompletionStage<?> onText(WebSocket on, CharSequence data, boolean last) {
            begun.append(data);
            if (last) {
                came.add(JSON.readTree(begun.toString()));
                begun.setLength(0);
            }
            if (!isPaused) {
                on.request(1);
            }
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket on, int code, String reason) {
            closed.complete(new Closed(code, reason));
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket on, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    WebSocket socket() {
        return socket;
    }

    void say(String json) throws Exception {
        socket.sendText(json, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    void sayBinary(byte[] bytes) throws Exception {
        socket.sendBinary(ByteBuffer.wrap(bytes), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /// What comes next, which must be this.
    JsonNode next(String op) throws Exception {
        JsonNode next = came.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(next).as("%s is awaited; closed: %s", op, closed).isNotNull();
        assertThat(next.at("/op").asString()).as(next.toString()).isEqualTo(op);
        return next;
    }

    /// The next of one of these kinds; others that come before it stay.
    JsonNode nextOf(String... ops) throws Exception {
        List<String> wanted = List.of(ops);
        for (JsonNode each : List.copyOf(skipped)) {
            if (wanted.contains(each.at("/op").asString())) {
                skipped.remove(each);
                return each;
            }
        }
        while (true) {
            JsonNode next = came.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("%s is awaited; closed: %s", wanted, closed).isNotNull();
            if (wanted.contains(next.at("/op").asString())) {
                return next;
            }
            skipped.add(next);
        }
    }

    /// Reads nothing for now.
    void pause() {
        isPaused = true;
    }

    void goOn() {
        isPaused = false;
        socket.request(1);
    }

    /// Whether nothing comes for a moment.
    boolean isSilent() throws InterruptedException {
        JsonNode next = came.poll(SILENCE_MS, TimeUnit.MILLISECONDS);
        if (next != null) {
            skipped.add(next);
        }
        return next == null;
    }

    JsonNode ask(String json, String op) throws Exception {
        say(json);
        return next(op);
    }

    /// How the broker ends it.
    Closed closed() throws InterruptedException, ExecutionException, TimeoutException {
        return closed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /// Hangs up without a word.
    void hangUp() {
        socket.abort();
    }

    @Override
    public void close() {
        socket.abort();
    }
}
