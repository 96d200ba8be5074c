package io.polylog.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.amqp.Rabbit;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may operate a broker over HTTP.
class AdminAccessTest {
    private static final Pattern LENGTH =
            Pattern.compile("content-length: (\\d+)", Pattern.CASE_INSENSITIVE);

    @TempDir private Path folder;
    private RunningBroker broker;

    private void start(String... settings) throws Exception {
        broker = RunningBroker.on(folder.resolve("data"), settings);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    /// The answer to a request with these headers, as it came.
    private String ask(String... headers) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), broker.port("http"))) {
            List<String> lines = new ArrayList<>();
            lines.add("GET /api/v1/queues/messages?name=orders HTTP/1.1");
            lines.addAll(List.of(headers));
            socket.setSoTimeout(10_000);
            String request = String.join("\r\n", lines) + "\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(UTF_8));
            InputStream in = socket.getInputStream();
            String head = "";
            while (!head.endsWith("\r\n\r\n")) {
                head += (char) in.read();
            }
            Matcher length = LENGTH.matcher(head);
            assertThat(length.find()).as(head).isTrue();
            return head + new String(in.readNBytes(Integer.parseInt(length.group(1))), UTF_8);
        }
    }

    private static String basic(String user, String password) {
        byte[] pair = (user + ":" + password).getBytes(UTF_8);
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(pair);
    }

    /// The exit code of a command that only looks.
    private int peek(Map<String, String> environment, String user) {
        return broker.administer(environment, "message", "peek", "orders", "--user", user)
                .exitCode();
    }

    @Test
    void where_there_are_users_one_must_log_in() throws Exception {
        start("listen.ports.kafka=0", "listen.ports.http=auto", RunningBroker.ANN);
        var factory = Rabbit.factory(broker);
        factory.setUsername("ann");
        factory.setPassword("guest");
        try (Rabbit rabbit = Rabbit.on(factory)) {
            rabbit.channel.queueDeclare("orders", true, false, false, Map.of());
        }
        String host = "Host: " + broker.address("http");

        assertThat(ask(host))
                .startsWith("HTTP/1.1 401")
                .containsIgnoringCase("WWW-Authenticate: Basic")
                .contains("a user and its password are needed");
        assertThat(ask(host, basic("ann", "wrong"))).startsWith("HTTP/1.1 401");
        assertThat(ask(host, basic("bob", "guest"))).startsWith("HTTP/1.1 401");
        assertThat(ask(host, "Authorization: Basic !!")).startsWith("HTTP/1.1 401");
        assertThat(ask(host, "Authorization: Bearer ann")).startsWith("HTTP/1.1 401");
        assertThat(ask(host, basic("ann", "guest"))).startsWith("HTTP/1.1 200");
        assertThat(ask("Host: broker.example", basic("ann", "guest"))).startsWith("HTTP/1.1 200");
        assertThat(ask(host, basic("ann", "guest"), "Origin: http://evil.example"))
                .startsWith("HTTP/1.1 403");

        assertThat(peek(Map.of(), "")).isEqualTo(5);
        Map<String, String> password = Map.of("POLYLOG_PASSWORD", "guest");
        assertThat(peek(password, "ann")).isZero();
        assertThat(peek(password, "bob")).isEqualTo(5);
    }

    @Test
    void where_there_are_none_no_page_of_a_browser_may_ask() throws Exception {
        start("listen.ports.http=auto");
        try (Rabbit rabbit = Rabbit.on(Rabbit.factory(broker))) {
            rabbit.channel.queueDeclare("orders", true, false, false, Map.of());
        }
        assertThat(ask("Host: " + broker.address("http"))).startsWith("HTTP/1.1 200");
        assertThat(ask("Host: localhost:8080")).startsWith("HTTP/1.1 200");
        assertThat(ask("Host: [::1]:8080")).startsWith("HTTP/1.1 200");
        assertThat(ask("Host: rebound.example"))
                .startsWith("HTTP/1.1 403")
                .contains("ask by address or as localhost, not rebound.example");
        assertThat(ask("Host: 127.0.0.1.rebound.example")).startsWith("HTTP/1.1 403");
        assertThat(ask("Host: localhost", "Origin: http://localhost:3000"))
                .startsWith("HTTP/1.1 403")
                .contains("not for pages of a browser");
    }
}
