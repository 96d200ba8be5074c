package io.polylog.admin;

import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerResponse;
import io.polylog.http.Answers;
import io.polylog.metrics.Exposition;
import io.polylog.metrics.Metrics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is served over HTTP: `GET /health/live`, `/health/ready`, `/healthz` and `/metrics`,
/// [QueueApi], [ConnectionApi], [PolicyApi], what other rooms serve, and [Pages], which may have a
/// listener of their own besides. Safe from any thread.
public final class AdminServer implements AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Readiness readiness;
    private final Metrics metrics;
    private final Map<String, HttpService> further;
    private final Answers<Desk> answers = new Answers<>();
    private final List<WebServer> listening = new CopyOnWriteArrayList<>();
    private @Nullable Exposition exposition;

    /// @param further services by the path below which each answers, begun and ended by others
    public AdminServer(Readiness readiness, Metrics metrics, Map<String, HttpService> further) {
        this.readiness = readiness;
        this.metrics = metrics;
        this.further = Map.copyOf(further);
    }

    /// Opens its listener.
    ///
    /// @param address its port may be 0, which takes a free one
    /// @return where it listens
    /// @throws IOException if the address cannot be had; a [BindException] if its port is taken
    public InetSocketAddress open(InetSocketAddress address) throws IOException {
        return open(address, this::routes);
    }

    /// Opens a listener that has [Pages] and `/healthz` alone: tools look for them on a port of
    /// their own. As [#open].
    public InetSocketAddress openPages(InetSocketAddress address) throws IOException {
        return open(address, this::pageRoutes);
    }

    private InetSocketAddress open(InetSocketAddress address, Consumer<HttpRouting.Builder> routes)
            throws IOException {
        requireFree(address);
        WebServer server =
                WebServer.builder()
                        .address(address.getAddress())
                        .port(address.getPort())
                        .shutdownHook(false)
                        .routing(routes)
                        .build();
        listening.add(server);
        server.start();
        if (!server.isRunning() || server.port() <= 0) {
            throw new BindException("cannot listen for http on " + address);
        }
        return new InetSocketAddress(address.getAddress(), server.port());
    }

    /// The web server answers a port that is taken with a stack trace in the log and starts without
    /// it.
    private static void requireFree(InetSocketAddress address) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(address);
        }
    }

    /// From now on operators can work with the broker.
    public void begin(Desk desk) {
        answers.begin(desk);
    }

    /// From now on there is no broker to work with; health and metrics are still told.
    public void end() {
        answers.end();
    }

    @Override
    public synchronized void close() {
        end();
        listening.forEach(WebServer::stop);
        if (exposition != null) {
            exposition.close();
        }
    }

    private void routes(HttpRouting.Builder routing) {
        routing.get("/health/live", (_, response) -> response.send("live\n"));
        routing.get("/health/ready", (_, response) -> ready(response));
        routing.get("/metrics", (_, response) -> metrics(response));
        routing.register("/api/v1/queues", new QueueApi(answers));
        routing.register("/api/v1/connections", new ConnectionApi(answers));
        routing.register("/api/v1/policies", new PolicyApi(answers));
        further.forEach(routing::register);
        pageRoutes(routing);
    }

    private void pageRoutes(HttpRouting.Builder routing) {
        routing.get("/healthz", (_, response) -> health(response));
        routing.register("/", new PageApi(answers));
    }

    /// As several brokers and orchestrators ask it.
    private void health(ServerResponse response) {
        response.header("Content-Type", "application/json");
        if (readiness.isReady()) {
            response.send("{\"status\":\"ok\"}");
        } else {
            response.status(Status.SERVICE_UNAVAILABLE_503);
            response.send(
                    "{\"status\":\"unavailable\",\"status_code\":503,"
                            + "\"error\":\"starting or stopping\"}");
        }
    }

    private void ready(ServerResponse response) {
        if (readiness.isReady()) {
            response.send("ready\n");
        } else {
            response.status(Status.SERVICE_UNAVAILABLE_503).send("starting or stopping\n");
        }
    }

    private void metrics(ServerResponse response) {
        response.header("Content-Type", PROMETHEUS_TEXT).send(exposition().scrape());
    }

    private synchronized Exposition exposition() {
        if (exposition == null) {
            exposition = new Exposition(metrics);
        }
        return exposition;
    }
}
