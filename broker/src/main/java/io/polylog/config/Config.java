package io.polylog.config;

import java.util.List;
import java.util.stream.Stream;

/// The whole configuration, checked. Only `server` holds one; each room gets its section.
public record Config(
        NodeSection node,
        LogSection log,
        ListenSection listen,
        AuthSection auth,
        LimitsSection limits,
        DefaultsSection defaults,
        HttpSection http,
        WebhooksSection webhooks,
        TelemetrySection telemetry) {

    static final List<Setting<?>> SETTINGS =
            Stream.of(
                            NodeSection.SETTINGS,
                            LogSection.SETTINGS,
                            ListenSection.SETTINGS,
                            AuthSection.SETTINGS,
                            LimitsSection.SETTINGS,
                            DefaultsSection.SETTINGS,
                            HttpSection.SETTINGS,
                            WebhooksSection.SETTINGS,
                            TelemetrySection.SETTINGS)
                    .<Setting<?>>flatMap(List::stream)
                    .toList();

    static Config of(Values values) {
        ListenSection listen = ListenSection.of(values);
        AuthSection auth = AuthSection.of(values);
        boolean open = auth.users().isEmpty();
        if (!listen.isLoopback() && open && !auth.unsafeOpen()) {
            values.problem(
                    ListenSection.HOST,
                    "is reachable from other machines, and no credentials are set. Keep 127.0.0.1,"
                        + " name users under auth.users, or set auth.unsafe-open = true to let in"
                        + " whoever reaches the port");
        }
        if (!open && listen.isAskedFor("kafka")) {
            values.problem(
                    "listen.ports.kafka",
                    "must be 0 beside auth.users: Kafka's protocol has no login yet");
        }
        return new Config(
                NodeSection.of(values),
                LogSection.of(values),
                listen,
                auth,
                LimitsSection.of(values),
                DefaultsSection.of(values),
                HttpSection.of(values),
                WebhooksSection.of(values),
                TelemetrySection.of(values));
    }
}
