package io.polylog.interop.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.messaging.converter.StringMessageConverter;
import org.springframework.messaging.simp.stomp.ReactorNettyTcpStompClient;
import org.springframework.messaging.simp.stomp.StompFrameHandler;
import org.springframework.messaging.simp.stomp.StompHeaders;
import org.springframework.messaging.simp.stomp.StompSession;
import org.springframework.messaging.simp.stomp.StompSession.Receiptable;
import org.springframework.messaging.simp.stomp.StompSessionHandlerAdapter;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

/// Spring's STOMP client, with heart-beats and receipts.
class SpringStompTest {
    private static final int PATIENCE_S = 20;

    @TempDir private Path folder;
    private RunningBroker broker;
    private ThreadPoolTaskScheduler scheduler;
    private ReactorNettyTcpStompClient client;
    private StompSession session;

    @BeforeEach
    void connect() throws Exception {
        broker = RunningBroker.on(folder);
        scheduler = new ThreadPoolTaskScheduler();
        scheduler.initialize();
        client = new ReactorNettyTcpStompClient("127.0.0.1", broker.port("stomp"));
        client.setMessageConverter(new StringMessageConverter());
        client.setTaskScheduler(scheduler);
        client.setDefaultHeartbeat(new long[] {1_000, 1_000});
        StompHeaders login = new StompHeaders();
        login.setLogin("guest");
        login.setPasscode("guest");
        session =
                client.connectAsync(login, new StompSessionHandlerAdapter() {})
                        .get(PATIENCE_S, TimeUnit.SECONDS);
        session.setAutoReceipt(true);
    }

    @AfterEach
    void disconnect() {
        session.disconnect();
        client.shutdown();
        scheduler.shutdown();
        broker.close();
    }

    @Test
    void what_is_sent_is_heard_and_every_frame_has_its_receipt() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        awaitReceipt(session.subscribe("/topic/spring.weather", new Inbox(heard)));

        awaitReceipt(session.send("/topic/spring.weather", "sunny: 25°"));

        assertThat(next(heard)).isEqualTo("sunny: 25°");
    }

    @Test
    void a_message_is_acknowledged_by_its_id() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        StompHeaders headers = new StompHeaders();
        headers.setDestination("/queue/spring");
        headers.setAck("client-individual");
        awaitReceipt(session.subscribe(headers, new Inbox(heard)));
        awaitReceipt(session.send("/queue/spring", "one"));
        String[] got = next(heard).split("\n", 2);
        assertThat(got[0]).isEqualTo("one");
        awaitReceipt(session.acknowledge(got[1], true));

        session.disconnect();
        connectAgain();
        BlockingQueue<String> left = new LinkedBlockingQueue<>();
        awaitReceipt(session.subscribe("/queue/spring", new Inbox(left)));
        awaitReceipt(session.send("/queue/spring", "two"));
        assertThat(next(left)).isEqualTo("two");
    }

    private void connectAgain() throws Exception {
        session =
                client.connectAsync(new StompSessionHandlerAdapter() {})
                        .get(PATIENCE_S, TimeUnit.SECONDS);
        session.setAutoReceipt(true);
    }

    static void awaitReceipt(Receiptable frame) throws InterruptedException {
        CountDownLatch got = new CountDownLatch(1);
        frame.addReceiptTask(got::countDown);
        assertThat(got.await(PATIENCE_S, TimeUnit.SECONDS)).isTrue();
    }

    static String next(BlockingQueue<String> heard) throws InterruptedException {
        String next = heard.poll(PATIENCE_S, TimeUnit.SECONDS);
        assertThat(next).as("a message").isNotNull();
        return next;
    }

    /// Text of messages; behind it, on a line of its own, what it is to be acknowledged by.
    record Inbox(BlockingQueue<String> heard) implements StompFrameHandler {
        @Override
        public Type getPayloadType(StompHeaders headers) {
            return String.class;
        }

        @Override
        public void handleFrame(StompHeaders headers, Object payload) {
            String ack = headers.getFirst("ack");
            heard.add(ack == null ? (String) payload : payload + "\n" + ack);
        }
    }
}
