package io.polylog.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Pins every default: people rely on them as on any other promise.
class DefaultsTest {
    @Test
    void every_default_is_pinned() {
        assertThat(ConfigReader.defaults())
                .isEqualTo(
                        new Config(
                                new NodeSection("polylog", "data"),
                                new LogSection(
                                        1,
                                        256 << 20,
                                        64 << 20,
                                        256 << 20,
                                        Duration.ofNanos(250_000)),
                                new ListenSection("127.0.0.1", ports(), 0, Optional.empty()),
                                new AuthSection(false, Map.of(), Map.of()),
                                new LimitsSection(
                                        20_000,
                                        Duration.ofSeconds(10),
                                        65_536,
                                        1 << 24,
                                        1 << 20,
                                        10_000),
                                new DefaultsSection(true, 1, 604_800_000),
                                new HttpSection(Set.of()),
                                new WebhooksSection(Set.of(), ""),
                                new TelemetrySection("info")));
    }

    private static Map<String, ListenSection.Asked> ports() {
        Map<String, ListenSection.Asked> ports = new LinkedHashMap<>();
        ports.put("kafka", unasked(9092));
        ports.put("amqp", unasked(5672));
        ports.put("mqtt", unasked(1883));
        ports.put("stomp", unasked(61_613));
        ports.put("nats", unasked(4222));
        ports.put("redis", unasked(6379));
        ports.put("mqtt_ws", unasked(15_675));
        ports.put("stomp_ws", unasked(15_674));
        ports.put("nats_ws", unasked(9222));
        ports.put("http", unasked(8080));
        ports.put("nats_http", new ListenSection.Asked(new Port.Off(), false));
        return ports;
    }

    private static ListenSection.Asked unasked(int port) {
        return new ListenSection.Asked(new Port.At(port), false);
    }
}
