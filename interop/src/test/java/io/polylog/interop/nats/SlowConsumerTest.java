package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Subscription;
import io.polylog.interop.RunningBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A client that does not read what it subscribed to.
class SlowConsumerTest {
    private static final int MESSAGES = 60;

    @TempDir private static Path folder;

    @Test
    void is_cut_and_counted_and_harms_nobody() throws Exception {
        try (RunningBroker broker =
                        RunningBroker.on(
                                folder.resolve("data"),
                                "listen.ports.kafka=0",
                                "listen.ports.http=auto");
                RawNats slow = RawNats.connected(broker, "");
                Jnats fast = Jnats.on(broker)) {
            slow.send("SUB flood 1\r\n");
            slow.untilPong();
            Subscription subscription = fast.subscribe("flood");
            subscription.setPendingLimits(-1, -1);
            byte[] large = new byte[1 << 20];
            for (int i = 0; i < MESSAGES; i++) {
                fast.client.publish("flood", large);
                assertThat(Jnats.next(subscription).getData()).hasSize(large.length);
            }
            assertThat(metric(broker, "polylog_live_cut_total")).isEqualTo(1);
            assertThat(metric(broker, "polylog_live_dropped_total")).isGreaterThan(1);
        }
    }

    private static double metric(RunningBroker broker, String name) throws Exception {
        URI metrics = URI.create("http://" + broker.address("http") + "/metrics");
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                            HttpRequest.newBuilder(metrics).build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .filter(line -> line.startsWith(name) && line.contains("\"nats\""))
                    .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                    .sum();
        }
    }
}
