package io.polylog.admin;

import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerResponse;
import io.polylog.metrics.Exposition;
import io.polylog.metrics.Metrics;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.jspecify.annotations.Nullable;

/// The HTTP listener: `GET /health/live`, `/health/ready` and `/metrics`, [QueueApi],
/// [ConnectionApi] and [PolicyApi]. Safe from any thread.
public final class AdminServer implements AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";

    private final Readiness readiness;
    private final Metrics metrics;
    private final Answers answers = new Answers();
    private final WebServer http;
    private @Nullable Exposition exposition;

    private AdminServer(InetSocketAddress address, Readiness readiness, Metrics metrics) {
        this.readiness = readiness;
        this.metrics = metrics;
        this.http =
                WebServer.builder()
                        .address(address.getAddress())
                        .port(address.getPort())
                        .shutdownHook(false)
                        .routing(this::routes)
                        .build();
    }

    /// Opens the listener.
    ///
    /// @param address its port may be 0, which takes a free one: see [#port]
    /// @throws IOException if the address cannot be had; a [BindException] if its port is taken
    public static AdminServer open(InetSocketAddress address, Readiness readiness, Metrics metrics)
            throws IOException {
        requireFree(address);
        AdminServer server = new AdminServer(address, readiness, metrics);
        server.http.start();
        if (!server.http.isRunning() || server.port() <= 0) {
            throw new BindException("cannot listen for http on " + address);
        }
        return server;
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

    /// The port it listens on.
    public int port() {
        return http.port();
    }

    @Override
    public synchronized void close() {
        answers.end();
        http.stop();
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
