package io.polylog.interop.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.Dispatcher;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.StreamConfiguration;
import io.polylog.interop.RunningBroker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The pages that NATS' monitoring tools ask for, while NATS' own client works.
class NatsMonitorTest {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder.resolve("data"),
                        "listen.ports.http=auto",
                        "listen.ports.nats_http=auto");
    }

    @AfterAll
    static void stopBroker() {
        HTTP.close();
        broker.close();
    }

    private static HttpResponse<String> get(String port, String path) throws Exception {
        URI uri = URI.create("http://" + broker.address(port) + path);
        return HTTP.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode page(String path) throws Exception {
        HttpResponse<String> response = get("nats_http", path);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElse(""))
                .startsWith("application/json");
        return JSON.readTree(response.body());
    }

    private static JsonNode connection(String name, String query) throws Exception {
        return StreamSupport.stream(page("/connz" + query).path("connections").spliterator(), false)
                .filter(each -> each.path("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void connections_tell_who_they_are_and_what_went_over_them() throws Exception {
        try (Jnats nats = Jnats.on(broker, options -> options.connectionName("warehouse"))) {
            Dispatcher heard = nats.client.createDispatcher(_ -> {});
            heard.subscribe("stock.*");
            nats.client.publish("stock.a", "12345".getBytes(UTF_8));
            nats.client.publish("else", "1234567".getBytes(UTF_8));
            nats.client.flush(Duration.ofSeconds(5));

            JsonNode told = connection("warehouse", "?subs=1&auth=1");

            assertThat(told.path("lang").asString()).isEqualTo("java");
            assertThat(told.path("version").asString()).isNotEmpty();
            assertThat(told.path("type").asString()).isEqualTo("nats");
            assertThat(told.path("ip").asString()).isEqualTo("127.0.0.1");
            assertThat(told.path("in_msgs").asLong()).isEqualTo(2);
            assertThat(told.path("in_bytes").asLong()).isEqualTo(12);
            assertThat(told.path("out_msgs").asLong()).isEqualTo(1);
            assertThat(told.path("out_bytes").asLong()).isEqualTo(5);
            assertThat(told.path("subscriptions_list").toString()).contains("\"stock.*\"");
            assertThat(told.path("authorized_user").asString()).isEqualTo("anonymous");
            assertThat(Instant.parse(told.path("start").asString()))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
            assertThat(told.path("uptime").asString()).matches("\\d+s|1m\\d+s");
            assertThat(connection("warehouse", "").has("subscriptions_list")).isFalse();
            assertThat(page("/subsz?subs=1").path("subscriptions_list").toString())
                    .contains("\"stock.*\"");
        }
    }

    @Test
    void the_server_counts_those_that_have_gone_too() throws Exception {
        JsonNode before = page("/varz");
        try (Jnats nats = Jnats.on(broker)) {
            nats.client.publish("gone", "123".getBytes(UTF_8));
            nats.client.flush(Duration.ofSeconds(5));
            assertThat(page("/varz").path("connections").asInt())
                    .isEqualTo(before.path("connections").asInt() + 1);
        }
        JsonNode after = page("/varz");

        assertThat(after.path("in_msgs").asLong()).isEqualTo(before.path("in_msgs").asLong() + 1);
        assertThat(after.path("in_bytes").asLong()).isEqualTo(before.path("in_bytes").asLong() + 3);
        assertThat(after.path("total_connections").asLong())
                .isEqualTo(before.path("total_connections").asLong() + 1);
        assertThat(after.path("server_id").asString()).isNotEmpty();
        assertThat(after.path("server_name").asString()).isEqualTo("polylog");
        assertThat(after.path("version").asString()).startsWith("2.");
        assertThat(after.path("max_payload").asInt()).isPositive();
    }

    @Test
    void streams_are_told_with_what_they_hold() throws Exception {
        try (Jnats nats = Jnats.on(broker)) {
            nats.client
                    .jetStreamManagement()
                    .addStream(
                            StreamConfiguration.builder()
                                    .name("WATCHED")
                                    .subjects("watched.>")
                                    .build());
            nats.client.publish("watched.a", "1".getBytes(UTF_8));
            nats.client.publish("watched.b", "2".getBytes(UTF_8));
            nats.client.flush(Duration.ofSeconds(5));

            assertThat(page("/jsz").path("streams").asInt()).isEqualTo(1);
            assertThat(page("/jsz").path("messages").asInt()).isEqualTo(2);
            assertThat(page("/jsz").has("account_details")).isFalse();
            JsonNode stream = page("/jsz?streams=1&config=1").path("account_details").path(0);
            stream = stream.path("stream_detail").path(0);
            assertThat(stream.path("name").asString()).isEqualTo("WATCHED");
            assertThat(stream.path("state").path("messages").asInt()).isEqualTo(2);
            assertThat(stream.path("config").path("subjects").path(0).asString())
                    .isEqualTo("watched.>");
            nats.client
                    .jetStreamManagement()
                    .addOrUpdateConsumer(
                            "WATCHED", ConsumerConfiguration.builder().durable("screen").build());
            JsonNode watched = page("/jsz?consumers=1").path("account_details").path(0);
            JsonNode consumer =
                    watched.path("stream_detail").path(0).path("consumer_detail").path(0);
            assertThat(consumer.path("name").asString()).isEqualTo("screen");
            assertThat(consumer.path("num_pending").asInt()).isEqualTo(2);
            assertThat(page("/varz").path("jetstream").path("stats").path("storage").asLong())
                    .isPositive();
        }
    }

    @Test
    void the_page_of_health_is_there_on_both_ports_and_others_are_not() throws Exception {
        for (String port : new String[] {"http", "nats_http"}) {
            assertThat(get(port, "/healthz").body()).isEqualTo("{\"status\":\"ok\"}");
            assertThat(get(port, "/varz").statusCode()).isEqualTo(200);
            assertThat(get(port, "/nothing").statusCode()).isEqualTo(404);
            for (String none : new String[] {"routez", "gatewayz", "leafz", "accountz"}) {
                assertThat(get(port, "/" + none).statusCode()).as(none).isEqualTo(200);
            }
        }
        assertThat(get("nats_http", "/metrics").statusCode()).isEqualTo(404);
        assertThat(get("nats_http", "/api/v1/queues").statusCode()).isEqualTo(404);
    }

    @Test
    void a_wrong_parameter_is_told() throws Exception {
        for (String wrong :
                new String[] {"limit=x", "limit=-1", "subs=maybe", "sort=names", "state=closed"}) {
            HttpResponse<String> response = get("nats_http", "/connz?" + wrong);
            assertThat(response.statusCode()).as(wrong).isEqualTo(400);
            assertThat(response.body()).contains(wrong.replaceAll("=.*", ""));
        }
    }

    @Test
    void with_users_only_they_see_the_pages() throws Exception {
        try (RunningBroker guarded =
                RunningBroker.on(
                        folder.resolve("guarded"),
                        "listen.ports.nats_http=auto",
                        "listen.ports.kafka=0",
                        RunningBroker.ANN)) {
            URI uri = URI.create("http://" + guarded.address("nats_http") + "/varz");
            HttpRequest.Builder asked = HttpRequest.newBuilder(uri);
            assertThat(HTTP.send(asked.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
            String ann = Base64.getEncoder().encodeToString("ann:guest".getBytes(UTF_8));
            asked.header("Authorization", "Basic " + ann);
            assertThat(HTTP.send(asked.build(), HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
    }
}
