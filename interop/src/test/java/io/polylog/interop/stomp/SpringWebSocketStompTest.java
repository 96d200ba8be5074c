package io.polylog.interop.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import io.polylog.interop.stomp.SpringStompTest.Inbox;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.messaging.converter.StringMessageConverter;
import org.springframework.messaging.simp.stomp.StompCommand;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.web.socket.WebSocketHttpHeaders;
import org.springframework.web.socket.client.standard.StandardWebSocketClient;
import org.springframework.web.socket.messaging.WebSocketStompClient;

/// Spring's STOMP client over WebSocket, as its applications use it: with heart-beats, receipts and
/// acknowledgements.
class SpringWebSocketStompTest {
    private static final int PATIENCE_S = 20;

    @TempDir private Path folder;
    private RunningBroker broker;
    private ThreadPoolTaskScheduler scheduler;
    private final List<WebSocketStompClient> clients = new ArrayList<>();
    private final CompletableFuture<Throwable> broken = new CompletableFuture<>();

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder);
        scheduler = new ThreadPoolTaskScheduler();
        scheduler.initialize();
    }

    @AfterEach
    void stop() {
        clients.forEach(WebSocketStompClient::stop);
        scheduler.shutdown();
        broker.close();
    }

    /// A client for each session: one whose last session has ended shuts its threads down a little
    /// later, under the next session if there is one by then.
    private WebSocketStompClient client() {
        WebSocketStompClient client = new WebSocketStompClient(new StandardWebSocketClient());
        client.setMessageConverter(new StringMessageConverter());
        client.setTaskScheduler(scheduler);
        client.setDefaultHeartbeat(new long[] {1_000, 1_000});
        client.setInboundMessageSizeLimit(1 << 20);
        clients.add(client);
        return client;
    }

    private StompSession connect() throws Exception {
        StompHeaders login = new StompHeaders();
        login.setLogin("guest");
        login.setPasscode("guest");
        StompSession session =
                client().connectAsync(
                                "ws://" + broker.address("stomp_ws") + "/ws",
                                new WebSocketHttpHeaders(),
                                login,
                                new Watch())
                        .get(PATIENCE_S, TimeUnit.SECONDS);
        session.setAutoReceipt(true);
        return session;
    }

    private static StompHeaders queue() {
        StompHeaders headers = new StompHeaders();
        headers.setDestination("/queue/screens");
        headers.setAck("client-individual");
        return headers;
    }

    @Test
    void what_is_sent_with_a_receipt_comes_and_is_acknowledged() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        String large = "grün ".repeat(40_000); // frames of both sides come in pieces
        StompSession first = connect();
        SpringStompTest.awaitReceipt(first.subscribe(queue(), new Inbox(heard)));
        for (String text : new String[] {"one", large}) {
            SpringStompTest.awaitReceipt(first.send("/queue/screens", text));
            String[] got = SpringStompTest.next(heard).split("\n", 2);
            assertThat(got[0]).isEqualTo(text);
            SpringStompTest.awaitReceipt(first.acknowledge(got[1], true));
        }
        first.disconnect();

        StompSession second = connect();
        BlockingQueue<String> left = new LinkedBlockingQueue<>();
        SpringStompTest.awaitReceipt(second.subscribe(queue(), new Inbox(left)));
        SpringStompTest.awaitReceipt(second.send("/queue/screens", "two"));
        assertThat(SpringStompTest.next(left)).startsWith("two\n");
        second.disconnect();
        assertThat(broken).isNotDone();
    }

    /// Notes what the session's handler is told to be wrong.
    private final class Watch extends StompSessionHandlerAdapter {
        @Override
        public void handleException(
                StompSession session,
                @Nullable StompCommand command,
                StompHeaders headers,
                byte[] payload,
                Throwable exception) {
            broken.complete(exception);
        }

        @Override
        public void handleTransportError(StompSession session, Throwable exception) {
            broken.complete(exception);
        }
    }
}
