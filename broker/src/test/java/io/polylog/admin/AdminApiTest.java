package io.polylog.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.http.HttpProtocol;
import io.polylog.http.Origins;
import io.polylog.http.Routes;
import io.polylog.metrics.Metrics;
import io.polylog.net.ConnectionLimits;
import io.polylog.net.Connections;
import io.polylog.net.EventLoops;
import io.polylog.net.Listener;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminApiTest {
    private final InetSocketAddress free =
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private final AtomicBoolean ready = new AtomicBoolean();
    private final EventLoops loops = new EventLoops(1);
    private final AdminApi api = new AdminApi(ready::get, new Metrics(), Runnable::run);
    private Listener listener;

    @BeforeEach
    void listen() throws Exception {
        Routes routes = new Routes();
        api.addTo(routes);
        listener =
                Listener.open(
                        loops,
                        new HttpProtocol("http", routes, Origins.NONE, () -> 0),
                        free,
                        new ConnectionLimits(10, 10_000, 64 << 10),
                        new Connections(() -> 0));
    }

    @AfterEach
    void close() {
        listener.close();
        loops.close();
        api.close();
    }

    @Test
    void it_is_live_before_it_is_ready() throws Exception {
        assertThat(status("/health/live")).isEqualTo(200);
        assertThat(status("/health/ready")).isEqualTo(503);

        ready.set(true);

        assertThat(status("/health/ready")).isEqualTo(200);
    }

    @Test
    void what_is_not_there_is_not_found() throws Exception {
        assertThat(status("/health/else")).isEqualTo(404);
    }

    @Test
    void who_asks_for_queues_before_the_broker_is_there_hears_so() throws Exception {
        assertThat(status("/api/v1/queues/messages")).isEqualTo(503);
    }

    private int status(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + listener.address().getPort() + path);
        return ((HttpURLConnection) uri.toURL().openConnection()).getResponseCode();
    }
}
