package io.polylog.server;

import io.polylog.admin.AdminApi;
import io.polylog.admin.Desk;
import io.polylog.config.Config;
import io.polylog.http.HttpProtocol;
import io.polylog.http.Origins;
import io.polylog.http.Routes;
import io.polylog.metrics.Label;
import io.polylog.metrics.Metrics;
import io.polylog.net.ConnectionLimits;
import io.polylog.net.Connections;
import io.polylog.net.EventLoops;
import io.polylog.net.Listener;
import io.polylog.net.Protocol;
import io.polylog.protocol.http.HttpApi;
import io.polylog.protocol.http.HttpPlace;
import io.polylog.protocol.mqtt.MqttProtocol;
import io.polylog.protocol.nats.NatsProtocol;
import io.polylog.protocol.stomp.StompProtocol;
import io.polylog.protocol.webhook.WebhookApi;
import io.polylog.protocol.webhook.Webhooks;
import io.polylog.security.Grants;
import io.polylog.security.PasswordHash;
import io.polylog.security.Permissions;
import io.polylog.security.Users;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running broker. Made by [#start], which returns when every listener accepts; closed once.
///
/// Start and close may be called on any thread, one at a time.
public final class Server implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Server.class);

    /// How long connections get to say good-bye.
    private static final long GRACE_MS = 2_000;

    private final Config config;
    private final Consumer<Throwable> onFailure;
    private final Machine machine;
    private final Metrics metrics = new Metrics();
    private final Closing closing = new Closing();
    private final Connections connections;
    private volatile boolean ready;
    private @Nullable Desk desk;
    private Addresses addresses = new Addresses(Map.of());
    private final EventLoops loops;
    private final HttpApi api;
    private @Nullable HttpPlace place;
    private final WebhookApi webhookApi;
    private @Nullable Webhooks webhooks;
    private final AdminApi admin;

    private Server(Config config, Consumer<Throwable> onFailure) {
        this.config = config;
        this.onFailure = onFailure;
        this.machine = closing.add(Machine.start((_, failure) -> onFailure.accept(failure)));
        this.connections = new Connections(machine.clock()::wallMs);
        Executor waiting = task -> machine.threads().startVirtual("request", task);
        this.admin = closing.add(new AdminApi(() -> ready, metrics, waiting));
        this.loops = closing.add(EventLoops.of(config.listen().eventLoops()));
        this.api = new HttpApi(Wires.httpSeams(waiting, loops.next(), machine.entropy()));
        this.webhookApi = new WebhookApi(waiting);
    }

    /// Starts a broker.
    ///
    /// @param onFailure told, on any thread, when it can no longer keep its promises (the log
    ///   failed, a thread of it died): nothing is acknowledged any more, and the process should end
    public static Server start(Config config, Consumer<Throwable> onFailure) throws StartException {
        Server server = new Server(config, onFailure);
        try {
            server.open();
            return server;
        } catch (StartException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    /// Where it listens.
    public Addresses addresses() {
        return addresses;
    }

    /// Stops accepting, lets every connection say good-bye, finishes what was accepted.
    @Override
    public void close() {
        ready = false;
        admin.end();
        api.end();
        webhookApi.end();
        closing.close();
    }

    /// Who asks over HTTP hears from the beginning that it is not ready.
    private void open() throws StartException {
        metrics.gauge(
                "polylog.up",
                "1, with the node's name.",
                () -> 1,
                new Label("node", config.node().name()));
        Listeners listeners = new Listeners(config.listen());
        ConnectionLimits limits = Wires.connectionLimits(config.limits());
        Routes all = new Routes();
        admin.addTo(all);
        api.addTo(all);
        webhookApi.addTo(all);
        listen(listeners, "http", all, limits);
        openEngine(listeners, limits);
        Routes pages = new Routes();
        admin.addPagesTo(pages);
        listen(listeners, "nats_http", pages, limits);
        admin.begin(Objects.requireNonNull(desk));
        HttpPlace there = Objects.requireNonNull(place);
        api.begin(there);
        webhookApi.begin(Objects.requireNonNull(webhooks), there.broker(), there.users());
        addresses = listeners.addresses();
        ready = true;
    }

    private void listen(Listeners listeners, String name, Routes routes, ConnectionLimits limits)
            throws StartException {
        Origins origins = new Origins(config.http().origins());
        Protocol http = new HttpProtocol(name, routes, origins, machine.clock()::wallMs);
        listeners.open(name, address -> listen(http, address, limits));
    }

    /// The loops are there before the engine and go after it: its last answers still pass through
    /// them.
    private void openEngine(Listeners listeners, ConnectionLimits limits) throws StartException {
        Permissions permissions = permissions();
        Engine engine =
                closing.add(
                        Engine.open(
                                config.node(),
                                config.log(),
                                machine,
                                metrics,
                                permissions,
                                (why, e) -> onFailure.accept(new BrokerFailure(why, e))));
        Users users = users();
        Wires wires = new Wires(config, engine, machine, users);
        List<Protocol> protocols = new ArrayList<>();
        if (users == null) {
            protocols.add(closing.add(wires.kafka()));
        } else {
            log.warn(
                    "Kafka's protocol has no login yet: not served, because auth.users names some");
        }
        protocols.add(wires.amqp(metrics));
        MqttProtocol mqtt = closing.add(wires.mqtt(metrics, loops.next(), permissions));
        protocols.add(mqtt);
        protocols.add(wires.mqttOverWebSocket(mqtt));
        StompProtocol stomp = wires.stomp(metrics);
        protocols.add(stomp);
        protocols.add(stomp.overWebSocket());
        NatsProtocol nats = wires.nats(metrics, loops.next(), permissions);
        protocols.add(nats);
        protocols.add(nats.overWebSocket());
        webhooks = closing.add(wires.webhooks(metrics, loops, permissions));
        place = wires.http(closing.add(wires.schedules(loops.next(), permissions)));
        desk = new Desk(engine.broker(), users, Encodings.DESK, connections, Wires.pages(nats));
        for (Protocol protocol : protocols) {
            listeners.open(protocol.name(), address -> listen(protocol, address, limits));
        }
    }

    /// Those who may log in, or null: whoever says a name.
    private @Nullable Users users() throws StartException {
        Map<String, PasswordHash> hashes = new HashMap<>();
        for (Map.Entry<String, String> user : config.auth().users().entrySet()) {
            try {
                hashes.put(user.getKey(), PasswordHash.parse(user.getValue()));
            } catch (IllegalArgumentException bad) {
                throw new StartException(
                        "auth.users." + user.getKey() + ": " + bad.getMessage(), bad);
            }
        }
        return hashes.isEmpty()
                ? null
                : closing.add(new Users(hashes, machine.entropy(), machine.workers()));
    }

    private Permissions permissions() {
        var lines = config.auth().permissions();
        return lines.isEmpty() ? Permissions.ALL : new Grants(lines);
    }

    private InetSocketAddress listen(
            Protocol protocol, InetSocketAddress address, ConnectionLimits limits)
            throws IOException {
        Listener listener = Listener.open(loops, protocol, address, limits, connections);
        closing.add(() -> listener.stop(GRACE_MS));
        metrics.gauge(
                "polylog.connections",
                "Connections open now.",
                listener::connections,
                new Label("protocol", protocol.name()));
        return listener.address();
    }
}
