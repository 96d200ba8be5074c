package io.polylog.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.http.Routes;
import io.polylog.protocol.webhook.WebhookApi;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The OpenAPI description has what is served, and nothing else.
class GuideTest {
    private final JsonNode description =
            JsonMapper.shared().readTree(Guide.class.getResourceAsStream("openapi.json"));

    @Test
    void each_route_is_described() {
        Routes routes = new Routes();
        try (ScheduledExecutorService home = Executors.newSingleThreadScheduledExecutor()) {
            new HttpApi(new HttpApi.Seams(Runnable::run, home, "t", Map.of())).addTo(routes);
            new WebhookApi(Runnable::run).addTo(routes);
        }
        SortedMap<String, SortedSet<String>> described = new TreeMap<>();
        description
                .get("paths")
                .properties()
                .forEach(path -> {
                    SortedSet<String> methods = new TreeSet<>();
                    path.getValue()
                            .propertyNames()
                            .forEach(method -> methods.add(method.toUpperCase(Locale.ROOT)));
                    described.put(path.getKey(), methods);
                });
        assertThat(described).isEqualTo(routes.all());
    }

    @Test
    void what_it_refers_to_is_there() {
        description
                .findValuesAsString("$ref")
                .forEach(reference ->
                        assertThat(description.at(reference.substring(1)).isMissingNode())
                                .as(reference)
                                .isFalse());
    }
}
