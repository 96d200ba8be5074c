package io.polylog.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.config.Config;
import io.polylog.config.ConfigReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServerTest {
    @TempDir private Path data;

    @Test
    void a_started_server_is_live_ready_and_shows_its_metrics() throws Exception {
        try (Server server = Server.start(config("auto"), ServerTest::failed)) {
            int port = server.addresses().port("http");

            assertThat(get(port, "/health/live")).isEqualTo("200 live\n");
            assertThat(get(port, "/health/ready")).isEqualTo("200 ready\n");
            assertThat(get(port, "/metrics")).contains("polylog_up{node=\"polylog\"} 1.0");
        }
    }

    @Test
    void a_closed_server_listens_no_more() throws Exception {
        Server server = Server.start(config("auto"), ServerTest::failed);
        int port = server.addresses().port("http");

        server.close();

        assertThatThrownBy(() -> get(port, "/health/live")).isInstanceOf(ConnectException.class);
    }

    @Test
    void a_port_that_was_asked_for_and_is_taken_stops_the_start() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            assertThatThrownBy(() -> Server.start(config(port), ServerTest::failed))
                    .isInstanceOf(StartException.class)
                    .hasMessageContaining("port " + port + " for http is in use");
        }
    }

    private Config config(String httpPort) throws Exception {
        return new ConfigReader()
                .set("node.data_dir=" + data)
                .set("listen.ports.kafka=auto")
                .set("listen.ports.amqp=auto")
                .set("listen.ports.mqtt=auto")
                .set("listen.ports.http=" + httpPort)
                .read();
    }

    private static String get(int port, String path) throws IOException {
        URI uri = URI.create("http://127.0.0.1:" + port + path);
        var connection = (HttpURLConnection) uri.toURL().openConnection();
        try (var body = connection.getInputStream()) {
            String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
            return connection.getResponseCode() + " " + text;
        }
    }

    private static void failed(Throwable failure) {
        throw new AssertionError("the broker failed", failure);
    }
}
