package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.MessageProperties;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.polylog.harness.BrokerProcess;
import io.polylog.harness.Ledger;
import io.polylog.harness.Ledger.Repeats;
import io.polylog.harness.Proof;
import io.polylog.harness.Proof.Forged;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A webhook's receiver gets every accepted message, through `kill -9` of the broker, and though it
/// fails now and then itself.
class WebhookKillTest {
    private static final String QUEUE = "orders";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long RUN = 7;
    private static final int AT_ONCE = 50;
    private static final int LEAST = 1_000;
    private static final int KILLS = 2;
    private static final int FAILS_EACH = 97;

    @TempDir private Path folder;
    private final Ledger ledger = new Ledger(Repeats.ALLOWED);
    private final AtomicInteger requests = new AtomicInteger();
    private long sequence;
    private volatile boolean finishing;

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            boolean fails = requests.incrementAndGet() % FAILS_EACH == 0;
            if (!fails) {
                Proof proof = Proof.decode(body, RUN, QUEUE);
                ledger.arrived(proof.producer(), proof.sequence(), true);
            }
            exchange.sendResponseHeaders(fails ? 500 : 204, -1);
        } catch (Forged forged) {
            ledger.forged(forged);
        }
    }

    private void publish(BrokerProcess broker) {
        while (!finishing) {
            try (Connection connection = KilledBroker.connect(broker);
                    Channel channel = connection.createChannel()) {
                channel.confirmSelect();
                while (!finishing) {
                    send(channel);
                }
            } catch (Exception crash) {
                Waiting.aMoment(); // then connect again
            }
        }
    }

    private void send(Channel channel) throws Exception {
        long first = sequence;
        for (int i = 0; i < AT_ONCE; i++) {
            long now = sequence++;
            ledger.attempted(0, now);
            byte[] message = new Proof(RUN, 0, now, QUEUE).encode(256);
            channel.basicPublish("", QUEUE, MessageProperties.PERSISTENT_BASIC, message);
        }
        channel.waitForConfirmsOrDie();
        for (long each = first; each < sequence; each++) {
            ledger.accepted(0, each);
        }
    }

    private static void put(BrokerProcess broker, String path, String json) throws Exception {
        URI uri = URI.create("http://" + broker.address("http") + "/v1" + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(uri).PUT(BodyPublishers.ofString(json)).build();
            assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(201);
        }
    }

    @Test
    void the_receiver_gets_every_accepted_message() throws Exception {
        HttpServer receiver =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        receiver.createContext("/", this::receive);
        receiver.start();
        try (BrokerProcess broker =
                BrokerProcess.start(
                        folder.resolve("data"),
                        folder.resolve("broker.log"),
                        "--set",
                        "webhooks.private_hosts=127.0.0.1")) {
            put(broker, "/queues/" + QUEUE, "");
            String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + "/";
            put(
                    broker,
                    "/webhooks/partner",
                    "{\"url\":\"%s\",\"queue\":\"orders\",\"retryMs\":[50,50,50,50,50,50]}"
                            .formatted(url));
            Thread publisher = Thread.ofPlatform().daemon().start(() -> publish(broker));
            for (int kill = 1; kill <= KILLS; kill++) {
                long least = (long) kill * LEAST;
                assertThat(Waiting.until(PATIENCE, () -> ledger.arrived() >= least)).isTrue();
                broker.kill9();
                broker.restart();
            }
            finishing = true;
            publisher.join();
            Waiting.until(PATIENCE, () -> ledger.owed() == 0);
        } finally {
            finishing = true;
            receiver.stop(0);
        }

        assertThat(ledger.verdict()).isEmpty();
        assertThat(ledger.accepted()).isGreaterThan((long) KILLS * LEAST);
    }
}
