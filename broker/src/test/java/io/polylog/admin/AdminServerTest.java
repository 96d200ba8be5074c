package io.polylog.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.metrics.Metrics;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class AdminServerTest {
    private final InetSocketAddress free =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private final AtomicBoolean ready = new AtomicBoolean();

    @Test
    void it_is_live_before_it_is_ready() throws Exception {
        try (AdminServer server = new AdminServer(ready::get, new Metrics(), Map.of())) {
            int port = server.open(free).getPort();
            assertThat(status(port, "/health/live")).isEqualTo(200);
            assertThat(status(port, "/health/ready")).isEqualTo(503);

            ready.set(true);

            assertThat(status(port, "/health/ready")).isEqualTo(200);
        }
    }

    @Test
    void what_is_not_there_is_not_found() throws Exception {
        try (AdminServer server = new AdminServer(ready::get, new Metrics(), Map.of())) {
            int port = server.open(free).getPort();
            assertThat(status(port, "/health/else")).isEqualTo(404);
        }
    }

    private static int status(int port, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        return ((HttpURLConnection) uri.toURL().openConnection()).getResponseCode();
    }
}
