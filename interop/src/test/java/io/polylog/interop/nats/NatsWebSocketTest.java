package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Message;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import io.polylog.interop.RunningBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// NATS over WebSocket, with NATS' own client and frame by frame.
class NatsWebSocketTest {
    private static final int LARGEST = 64 << 10;

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder.resolve("data"),
                        "listen.ports.kafka=0",
                        "limits.message_size=64KiB");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    private static String url() {
        return "ws://" + broker.address("nats_ws");
    }

    private static Jnats jnats() throws Exception {
        return Jnats.on(broker, options -> options.server(url()));
    }

    @Test
    void clients_on_websockets_and_on_sockets_hear_each_other() throws Exception {
        try (Jnats web = jnats();
                Jnats plain = Jnats.on(broker)) {
            Subscription onWeb = web.subscribe("both.*");
            Subscription onPlain = plain.subscribe("both.*");
            Headers headers = new Headers().add("Shop", "eu");
            byte[] large = "x".repeat(60_000).getBytes(UTF_8);
            web.client.publish(
                    NatsMessage.builder().subject("both.a").headers(headers).data(large).build());
            Message came = Jnats.next(onPlain);
            assertThat(came.getData()).isEqualTo(large);
            assertThat(came.getHeaders()).isEqualTo(headers);
            assertThat(Jnats.next(onWeb).getData()).isEqualTo(large);

            plain.client
                    .createDispatcher(request ->
                            plain.client.publish(request.getReplyTo(), request.getData()))
                    .subscribe("echo");
            plain.client.flush(Jnats.PATIENCE);
            byte[] question = "are you there".getBytes(UTF_8);
            assertThat(web.client.request("echo", question, Jnats.PATIENCE).getData())
                    .isEqualTo(question);
        }
    }

    @Test
    void one_frame_may_hold_several_messages_of_nearly_the_largest_size() throws Exception {
        String small = "PUB a 32000\r\n" + "x".repeat(32_000) + "\r\n";
        String large = "PUB a " + LARGEST + "\r\n" + "x".repeat(LARGEST) + "\r\n";
        Words words = new Words();
        try (HttpClient http = HttpClient.newHttpClient()) {
            WebSocket socket =
                    http.newWebSocketBuilder().buildAsync(URI.create(url()), words).join();
            String first = "CONNECT {\"verbose\":false}\r\n";
            socket.sendBinary(ByteBuffer.wrap((first + "PING\r\n").getBytes(US_ASCII)), true)
                    .join();
            words.pong.get(Jnats.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            words.pong = new CompletableFuture<>();
            byte[] frame = (small + large + "PING\r\n").getBytes(US_ASCII);
            socket.sendBinary(ByteBuffer.wrap(frame), true).join();
            words.pong.get(Jnats.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            socket.abort();
        }
    }

    /// Waits for a PONG.
    private static final class Words implements WebSocket.Listener {
        volatile CompletableFuture<String> pong = new CompletableFuture<>();

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
            String text = US_ASCII.decode(data).toString();
            if (text.contains("PONG\r\n")) {
                pong.complete(text);
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
            pong.completeExceptionally(new AssertionError("closed: " + status + " " + reason));
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            pong.completeExceptionally(error);
        }
    }
}
