package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a client is told when it is not its fault that the connection ends.
class NatsEndTest {
    private static final Pattern ID = Pattern.compile("\"id\":(\\d+),\"protocol\":\"nats\"");

    @TempDir private Path folder;

    private RunningBroker broker() throws Exception {
        return RunningBroker.on(
                folder.resolve("data"), "listen.ports.kafka=0", "listen.ports.http=auto");
    }

    @Test
    void a_broker_that_goes_down_says_so_behind_what_it_still_owes() throws Exception {
        RunningBroker broker = broker();
        try (RawNats nats = RawNats.connected(broker, "")) {
            nats.send("SUB a 1\r\n");
            nats.untilPong();
            nats.send("PUB a 4\r\nlast\r\n");
            assertThat(nats.line()).isEqualTo("MSG a 1 4");
            assertThat(nats.line()).isEqualTo("last");
            broker.close();

            assertThat(nats.line()).startsWith("INFO {").contains("\"ldm\":true");
            assertThat(nats.isClosed()).isTrue();
        } finally {
            broker.close();
        }
    }

    @Test
    void an_operator_says_why_he_closes() throws Exception {
        try (RunningBroker broker = broker();
                RawNats nats = RawNats.connected(broker, "")) {
            nats.untilPong();
            URI connections =
                    URI.create("http://" + broker.address("http") + "/api/v1/connections");
            try (HttpClient http = HttpClient.newHttpClient()) {
                String list = send(http, HttpRequest.newBuilder(connections).build());
                Matcher found = ID.matcher(list);
                assertThat(found.find()).as(list).isTrue();
                URI one = URI.create(connections + "/" + found.group(1) + "?reason=it's+noisy");
                send(http, HttpRequest.newBuilder(one).DELETE().build());
            }
            assertThat(nats.line()).isEqualTo("-ERR 'it\"s noisy'");
            assertThat(nats.isClosed()).isTrue();
        }
    }

    private static String send(HttpClient http, HttpRequest request) throws Exception {
        return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
