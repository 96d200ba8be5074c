package io.polylog.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `[listen]`: where clients connect.
///
/// @param host address of all listeners
/// @param ports by protocol, in the order of the `ready` line
/// @param eventLoops threads for connections; 0 for one per core
public record ListenSection(String host, Map<String, Asked> ports, int eventLoops) {
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
                    port("http", 8080, "Health, metrics and administration over HTTP"));
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
        return new ListenSection(values.of(HOST), ports, values.of(EVENT_LOOPS));
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
        List<Setting<?>> all = new ArrayList<>(List.of(HOST, EVENT_LOOPS));
        all.addAll(PORTS);
        return List.copyOf(all);
    }
}
