package io.polylog.bench;

import static io.polylog.bench.AmqpScene.line;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.rabbitmq.client.MessageProperties;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `./polylog bench webhook`: a queue of messages posted by a webhook to a receiver in this
/// process. Exit code 0 when each came.
@Command(
        name = "webhook",
        description = "Lets a webhook post what waits in a queue, and measures how fast.",
        sortOptions = false)
final class WebhookBench implements Callable<Integer> {
    private static final String QUEUE = "q";
    private static final String WEBHOOK = "/v1/webhooks/w";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final byte[] ACCEPTED = "HTTP/1.1 204 No Content\r\n\r\n".getBytes(ISO_8859_1);

    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final int MOST_HEAD_BYTES = 8 << 10;
    private static final String LET_IN = "webhooks.private_hosts=127.0.0.1";

    @Option(
            names = "--messages",
            defaultValue = "100000",
            description = "How many, each round (${DEFAULT-VALUE}).")
    private int messages;

    @Option(
            names = "--size",
            defaultValue = "1024",
            description = "Bytes of a message (${DEFAULT-VALUE}).")
    private int size;

    @Option(
            names = "--concurrency",
            defaultValue = "32",
            description = "Requests at once (${DEFAULT-VALUE}).")
    private int concurrency;

    @Option(
            names = "--rounds",
            defaultValue = "4",
            description = "How many; the first warms up (${DEFAULT-VALUE}).")
    private int rounds;

    @Mixin
    @SuppressWarnings("UnusedVariable") // read by the parser
    private HelpOption help = new HelpOption();

    private final AtomicInteger requests = new AtomicInteger();
    private final Set<String> ids = ConcurrentHashMap.newKeySet();

    @Override
    public Integer call() throws Exception {
        try (ServerSocket server = new ServerSocket(0, concurrency, loopback());
                AmqpScene scene = new AmqpScene("polylog-webhook", "--set", LET_IN)) {
            Thread.ofPlatform().daemon().start(() -> accept(server));
            scene.channel().queueDeclare(QUEUE, true, false, false, null);
            scene.ask("PUT", WEBHOOK, definition(server.getLocalPort()));
            for (int round = 0; round < rounds; round++) {
                scene.ask("POST", WEBHOOK + "/pause", "");
                publish(scene);
                run(scene, (round + 1) * messages);
            }
        }
        return ids.size() == rounds * messages ? 0 : 1;
    }

    private static InetAddress loopback() {
        return InetAddress.getLoopbackAddress();
    }

    private String definition(int port) {
        return "{\"url\":\"http://127.0.0.1:%d/\",\"queue\":\"%s\",\"concurrency\":%d}"
                .formatted(port, QUEUE, concurrency);
    }

    private void publish(AmqpScene scene) throws Exception {
        byte[] body = new byte[size];
        try (AmqpSender sender = new AmqpSender(scene.ownChannel(), "", QUEUE)) {
            for (int i = 0; i < messages; i++) {
                sender.sendInTurn(QUEUE, MessageProperties.PERSISTENT_BASIC, body);
            }
            sender.awaitConfirms(PATIENCE);
        }
    }

    private void run(AmqpScene scene, int all) throws Exception {
        double cpu = scene.cpuSeconds();
        long begun = System.nanoTime();
        scene.ask("POST", WEBHOOK + "/resume", "");
        AmqpScene.await("requests", PATIENCE, () -> ids.size() >= all);
        double seconds = (System.nanoTime() - begun) / 1e9;
        double used = scene.cpuSeconds() - cpu;
        line(
                "%,.0f/s, %.1f broker CPU seconds per million, %,d requests so far",
                messages / seconds, used * 1e6 / messages, requests.get());
    }

    // The receiver -----------------------------------------------------------------------------

    private void accept(ServerSocket server) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread.ofPlatform().daemon().start(() -> serve(socket));
            } catch (IOException over) {
                return;
            }
        }
    }

    /// Accepts all that comes on a connection: one request at a time, none larger than the buffer.
    private void serve(Socket socket) {
        try (socket) {
            byte[] bytes = new byte[size + MOST_HEAD_BYTES];
            int count = 0;
            int read = socket.getInputStream().read(bytes);
            while (read >= 0) {
                count += read;
                String text = new String(bytes, 0, count, ISO_8859_1);
                int end = text.indexOf(END_OF_HEAD);
                if (end >= 0 && count == end + END_OF_HEAD.length() + size) {
                    ids.add(header(text, "webhook-id: "));
                    requests.incrementAndGet();
                    socket.getOutputStream().write(ACCEPTED);
                    count = 0;
                }
                read = socket.getInputStream().read(bytes, count, bytes.length - count);
            }
        } catch (IOException ended) {
            ids.remove("");
        }
    }

    private static String header(String head, String name) {
        int from = head.indexOf(name) + name.length();
        return head.substring(from, head.indexOf('\r', from));
    }
}
