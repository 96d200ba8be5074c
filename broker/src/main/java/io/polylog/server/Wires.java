package io.polylog.server;

import io.netty.util.concurrent.EventExecutor;
import io.polylog.admin.Pages;
import io.polylog.config.Config;
import io.polylog.config.DefaultsSection;
import io.polylog.config.LimitsSection;
import io.polylog.io.Entropy;
import io.polylog.metrics.Metrics;
import io.polylog.net.ConnectionLimits;
import io.polylog.net.Dialer;
import io.polylog.net.EventLoops;
import io.polylog.net.Protocol;
import io.polylog.net.WebSocketProtocol;
import io.polylog.protocol.amqp091.Amqp091Protocol;
import io.polylog.protocol.amqp091.AmqpSettings;
import io.polylog.protocol.http.HttpApi;
import io.polylog.protocol.http.HttpPlace;
import io.polylog.protocol.http.HttpSettings;
import io.polylog.protocol.http.Schedules;
import io.polylog.protocol.kafka.KafkaProtocol;
import io.polylog.protocol.kafka.KafkaSettings;
import io.polylog.protocol.mqtt.MqttProtocol;
import io.polylog.protocol.mqtt.MqttSettings;
import io.polylog.protocol.nats.NatsMonitor;
import io.polylog.protocol.nats.NatsProtocol;
import io.polylog.protocol.nats.NatsSettings;
import io.polylog.protocol.nats.jetstream.JetStream;
import io.polylog.protocol.stomp.StompProtocol;
import io.polylog.protocol.stomp.StompSettings;
import io.polylog.protocol.webhook.AddressGuard;
import io.polylog.protocol.webhook.Tools;
import io.polylog.protocol.webhook.Webhooks;
import io.polylog.security.Authenticator;
import io.polylog.security.Permissions;
import io.polylog.security.Users;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes the protocol adapters, each with its part of the configuration and with the codecs of all
/// others: what one protocol stored, another may read.
final class Wires {
    /// Kafka counts the log's own 12 bytes in `max.message.bytes`.
    private static final int BATCH_OVERHEAD_BYTES = 12;

    private static final int LARGEST_KAFKA_REQUEST = 100 << 20;

    private static final String VERSION = "0.1.0";
    private static final int MQTT_WS_PORT = 15_675;

    /// A client may put a whole packet into one frame.
    private static final int MQTT_OVERHEAD_BYTES = 128 << 10;

    private final Config config;
    private final Engine engine;
    private final Machine machine;
    private final @Nullable Users users;

    /// @param users who may log in, or null: whoever says a name
    Wires(Config config, Engine engine, Machine machine, @Nullable Users users) {
        this.config = config;
        this.engine = engine;
        this.machine = machine;
        this.users = users;
    }

    static ConnectionLimits connectionLimits(LimitsSection limits) {
        return new ConnectionLimits(
                limits.connections(), limits.handshakeTime().toMillis(), limits.handshakeBytes());
    }

    KafkaProtocol kafka() {
        DefaultsSection defaults = config.defaults();
        KafkaSettings settings =
                new KafkaSettings(
                        engine.directoryId(),
                        config.listen()
                                .advertisedKafka()
                                .map(at -> new KafkaSettings.HostAndPort(at.host(), at.port()))
                                .orElse(null),
                        defaults.autoCreate(),
                        defaults.partitions(),
                        defaults.retentionMs(),
                        LARGEST_KAFKA_REQUEST,
                        config.limits().batchBytes() + BATCH_OVERHEAD_BYTES);
        return new KafkaProtocol(engine.broker(), settings, Encodings.ALL);
    }

    /// Decides who may log in.
    private Authenticator authenticator() {
        return users == null ? Authenticator.OPEN : users;
    }

    /// @param threads runs each task on a thread that may wait
    /// @param home a loop for what belongs to no connection
    static HttpApi.Seams httpSeams(Executor threads, EventExecutor home, Entropy entropy) {
        return new HttpApi.Seams(
                threads, home, "%08x".formatted((int) entropy.nextLong()), Encodings.BY_TAG);
    }

    /// @param home a loop for what belongs to no connection
    Schedules schedules(EventExecutor home, Permissions permissions) {
        return Schedules.open(
                new Schedules.Seams(
                        engine.broker(),
                        permissions,
                        home,
                        machine.clock()::wallMs,
                        config.limits().schedules()));
    }

    HttpPlace http(Schedules schedules) {
        DefaultsSection defaults = config.defaults();
        return new HttpPlace(
                engine.broker(),
                users,
                HttpSettings.of(
                        config.limits().messageBytes(),
                        defaults.partitions(),
                        defaults.retentionMs(),
                        config.limits().handshakeTime().toMillis()),
                schedules);
    }

    Webhooks webhooks(Metrics metrics, EventLoops loops, Permissions permissions)
            throws StartException {
        Set<String> hosts = config.webhooks().privateHosts();
        Executor slow = task -> machine.threads().startVirtual("webhooks", task);
        OutgoingTls tls = new OutgoingTls(machine.disk(), config.webhooks().trustFile());
        tls.check();
        Tools tools =
                new Tools(
                        engine.broker(),
                        Encodings.BY_TAG,
                        new AddressGuard(hosts.contains("*"), hosts),
                        host -> Resolution.of(host, slow),
                        new Dialer(loops)::connect,
                        tls,
                        machine.clock()::wallMs,
                        machine.clock()::nanos,
                        machine.entropy()::nextLong);
        return Webhooks.open(
                new Webhooks.Seams(tools, permissions, loops.next(), loops::next, slow, metrics));
    }

    StompProtocol stomp(Metrics metrics) {
        return new StompProtocol(
                new StompProtocol.Seams(
                        engine.broker(),
                        authenticator(),
                        Encodings.BY_TAG,
                        uniqueNames(),
                        machine.clock()::wallMs,
                        new StompSettings(config.limits().messageBytes()),
                        StompProtocol.missed(metrics)));
    }

    /// @param home a loop for what belongs to no connection
    NatsProtocol nats(Metrics metrics, EventExecutor home, Permissions permissions) {
        JetStream streams =
                new JetStream(
                        new JetStream.Seams(
                                engine.broker(),
                                permissions,
                                Encodings.BY_TAG,
                                home,
                                uniqueNames(),
                                machine.clock()::wallMs));
        return new NatsProtocol(
                new NatsProtocol.Seams(
                        engine.broker(),
                        authenticator(),
                        users != null,
                        permissions,
                        Encodings.BY_TAG,
                        streams,
                        streams,
                        uniqueNames().get(),
                        new NatsSettings(config.limits().messageBytes()),
                        machine.clock()::wallMs,
                        NatsProtocol.Counts.in(metrics)));
    }

    /// What NATS' tools ask over HTTP.
    static Pages pages(NatsProtocol nats) {
        NatsMonitor monitor = nats.monitor();
        return new Pages() {
            @Override
            public Set<String> names() {
                return monitor.names();
            }

            @Override
            public CompletionStage<? extends Object> page(String name, Map<String, String> query) {
                return monitor.page(name, query);
            }
        };
    }

    private Supplier<String> uniqueNames() {
        Entropy entropy = machine.entropy();
        return () -> "%016x%016x".formatted(entropy.nextLong(), entropy.nextLong());
    }

    Protocol amqp(Metrics metrics) {
        AmqpSettings defaults = AmqpSettings.DEFAULT;
        AmqpSettings settings =
                new AmqpSettings(
                        config.limits().messageBytes(),
                        defaults.frameMax(),
                        defaults.channelMax(),
                        defaults.heartbeatSeconds(),
                        defaults.pendingBytes(),
                        defaults.pendingMessages());
        return new Amqp091Protocol(
                new Amqp091Protocol.Seams(
                        engine.broker(),
                        authenticator(),
                        Encodings.BY_TAG,
                        uniqueNames(),
                        machine.clock()::wallMs,
                        settings,
                        Amqp091Protocol.lostReplies(metrics)));
    }

    /// @param home a loop for what belongs to no connection
    MqttProtocol mqtt(Metrics metrics, EventExecutor home, Permissions permissions) {
        MqttSettings defaults = MqttSettings.DEFAULT;
        return MqttProtocol.open(
                new MqttProtocol.Seams(
                        engine.broker(),
                        authenticator(),
                        permissions,
                        Encodings.BY_TAG,
                        uniqueNames(),
                        machine.clock()::wallMs,
                        new MqttSettings(
                                config.limits().messageBytes(),
                                defaults.receiveMaximum(),
                                defaults.topicAliases(),
                                defaults.keepAliveSeconds(),
                                defaults.pendingBytes(),
                                defaults.filters()),
                        home,
                        VERSION,
                        MqttProtocol.lost(metrics)));
    }

    /// MQTT in a browser.
    Protocol mqttOverWebSocket(MqttProtocol mqtt) {
        WebSocketProtocol.Terms terms =
                new WebSocketProtocol.Terms(
                        "mqtt_ws",
                        MQTT_WS_PORT,
                        List.of("mqtt", "mqttv3.1"),
                        WebSocketProtocol.Frames.BINARY,
                        config.limits().messageBytes() + MQTT_OVERHEAD_BYTES);
        return new WebSocketProtocol(mqtt, terms);
    }
}
