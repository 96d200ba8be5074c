package io.polylog.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.http.Answers;
import io.polylog.http.Endpoint;
import io.polylog.http.Reply;
import io.polylog.http.Routes;
import io.polylog.http.Status;
import io.polylog.metrics.Exposition;
import io.polylog.metrics.Metrics;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// What operators and their tools ask over HTTP: `GET /health/live`, `/health/ready`, `/healthz`
/// and `/metrics`, [QueueApi], [ConnectionApi], [PolicyApi] and [Pages]. Safe from any thread.
public final class AdminApi implements AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String GET = "GET";

    private final Readiness readiness;
    private final Metrics metrics;
    private final Answers<Desk> answers;
    private @Nullable Exposition exposition;

    /// @param threads runs each task on a thread that may wait
    public AdminApi(Readiness readiness, Metrics metrics, Executor threads) {
        this.readiness = readiness;
        this.metrics = metrics;
        answers = new Answers<>(threads);
    }

    /// Adds all that it serves.
    public void addTo(Routes routes) {
        routes.add(GET, "/health/live", Endpoint.always(() -> text(Status.OK, "live\n")));
        routes.add(GET, "/health/ready", Endpoint.always(this::ready));
        routes.add(GET, "/metrics", Endpoint.always(this::scrape));
        new QueueApi(answers).addTo(routes);
        new ConnectionApi(answers).addTo(routes);
        new PolicyApi(answers).addTo(routes);
        addPagesTo(routes);
    }

    /// Adds [Pages] and `/healthz` alone: tools look for them on a port of their own.
    public void addPagesTo(Routes routes) {
        routes.add(GET, "/healthz", Endpoint.always(this::health));
        new PageApi(answers).addTo(routes);
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
        if (exposition != null) {
            exposition.close();
        }
    }

    private static Reply text(int status, String text) {
        return Reply.of(status, Reply.TEXT, text.getBytes(UTF_8));
    }

    /// As several brokers and orchestrators ask it.
    private Reply health() {
        return readiness.isReady()
                ? Reply.of(Status.OK, Reply.JSON, "{\"status\":\"ok\"}".getBytes(UTF_8))
                : Reply.of(
                        Status.UNAVAILABLE,
                        Reply.JSON,
                        ("{\"status\":\"unavailable\",\"status_code\":503,"
                                        + "\"error\":\"starting or stopping\"}")
                                .getBytes(UTF_8));
    }

    private Reply ready() {
        return readiness.isReady()
                ? text(Status.OK, "ready\n")
                : text(Status.UNAVAILABLE, "starting or stopping\n");
    }

    private Reply scrape() {
        return Reply.of(Status.OK, PROMETHEUS_TEXT, exposition().scrape().getBytes(UTF_8));
    }

    private synchronized Exposition exposition() {
        if (exposition == null) {
            exposition = new Exposition(metrics);
        }
        return exposition;
    }
}
