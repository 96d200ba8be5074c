package io.polylog.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `[listen]`: where clients connect.
///
/// @param host address of all listeners
/// @param ports by protocol, in the order of the `ready` line
/// @param eventLoops threads for connections; 0 for one per core
/// @param advertisedKafka where Kafka's clients are sent; empty for the address they used
public record ListenSection(
        String host, Map<String, Asked> ports, int eventLoops, Optional<HostPort> advertisedKafka) {
    /// An address as clients write it.
    public record HostPort(String host, int port) {
        static HostPort parse(String text) {
            int colon = text.lastIndexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException(text);
            }
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException(text);
            }
            return new HostPort(text.substring(0, colon), port);
        }
    }

    /// A port, and whether somebody asked for it: then it must be had.
    public record Asked(Port port, boolean explicit) {}

    static final Setting<String> HOST =
            new Setting<>(
                    "listen.host",
                    Kind.TEXT,
                    "127.0.0.1",
                    "Address of all listeners. Another than loopback needs credentials.");
    static final Setting<Integer> EVENT_LOOPS =
            new Setting<>(
                    "listen.event_loops",
                    Kind.numberOrAuto(1, 64),
                    "auto",
                    "Threads that serve connections. `auto`: one per core, up to 8.");
    static final Setting<Optional<HostPort>> ADVERTISED_KAFKA =
            new Setting<>(
                    "listen.advertise.kafka",
                    new Kind<>(
                            "host:port, or empty",
                            text ->
                                    text.isEmpty()
                                            ? Optional.empty()
                                            : Optional.of(HostPort.parse(text))),
                    "",
                    "Where Kafka's clients are sent. Empty: the address they connected to.");
    static final List<Setting<Port>> PORTS =
            List.of(
                    port("kafka", 9092, "Kafka"),
                    port("amqp", 5672, "AMQP 0-9-1 (RabbitMQ's clients)"),
                    port("mqtt", 1883, "MQTT"),
                    port("stomp", 61_613, "STOMP"),
                    port("nats", 4222, "NATS"),
                    port("redis", 6379, "Redis streams and channels"),
                    port("mqtt_ws", 15_675, "MQTT over WebSocket"),
                    port("stomp_ws", 15_674, "STOMP over WebSocket"),
                    port("nats_ws", 9222, "NATS over WebSocket"),
                    port("http", 8080, "Health, metrics and administration over HTTP"),
                    port(
                            "nats_http",
                            0,
                            "NATS' monitoring pages alone, where its tools look for them: 8222"));
    static final List<Setting<?>> SETTINGS = all();

    public ListenSection {
        ports = Collections.unmodifiableMap(new LinkedHashMap<>(ports));
    }

    static ListenSection of(Values values) {
        Map<String, Asked> ports = new LinkedHashMap<>();
        for (Setting<Port> setting : PORTS) {
            String protocol = setting.key().substring(setting.key().lastIndexOf('.') + 1);
            ports.put(protocol, new Asked(values.of(setting), values.isSet(setting)));
        }
        return new ListenSection(
                values.of(HOST), ports, values.of(EVENT_LOOPS), values.of(ADVERTISED_KAFKA));
    }

    /// Whether somebody asked for a protocol's port.
    boolean isAskedFor(String protocol) {
        Asked asked = ports.get(protocol);
        return asked != null && asked.explicit() && !(asked.port() instanceof Port.Off);
    }

    /// Whether only this machine can connect. Looks up no name: but for `localhost`, a name may be
    /// anybody's.
    public boolean isLoopback() {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException name) {
            return false;
        }
    }

    private static Setting<Port> port(String protocol, int number, String what) {
        return new Setting<>(
                "listen.ports." + protocol, Kind.PORT, Integer.toString(number), what + ".");
    }

    private static List<Setting<?>> all() {
        List<Setting<?>> all = new ArrayList<>(List.of(HOST, ADVERTISED_KAFKA, EVENT_LOOPS));
        all.addAll(PORTS);
        return List.copyOf(all);
    }
}
