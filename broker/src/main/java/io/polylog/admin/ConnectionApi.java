package io.polylog.admin;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.http.Answers;
import io.polylog.http.Request;
import io.polylog.http.Routes;
import io.polylog.net.ConnectionInfo;
import io.polylog.security.Principal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What operators do with connections, over HTTP, below `/api/v1/connections`: `GET` all or one,
/// `DELETE` one, `?reason=` saying why. Each request on its own thread.
final class ConnectionApi {
    private static final String PATH = "/api/v1/connections";
    private static final Logger log = LoggerFactory.getLogger(ConnectionApi.class);

    private final Answers<Desk> answers;

    ConnectionApi(Answers<Desk> answers) {
        this.answers = answers;
    }

    void addTo(Routes routes) {
        routes.add("GET", PATH, answers.answering((desk, _, _) -> list(desk)));
        routes.add("GET", PATH + "/{id}", answers.answering((desk, _, in) -> show(desk, id(in))));
        routes.add(
                "DELETE",
                PATH + "/{id}",
                answers.answering((desk, who, in) -> close(desk, who, id(in), why(in))));
    }

    private static Object list(Desk desk) {
        return desk.connections().list().stream().map(ConnectionApi::shown).toList();
    }

    private static Object show(Desk desk, long id) {
        return desk.connections().find(id).map(ConnectionApi::shown).orElseThrow(() -> unknown(id));
    }

    private static Object close(Desk desk, Principal who, long id, String reason) {
        if (!desk.connections().close(id, reason)) {
            throw unknown(id);
        }
        log.info("{} closes connection {}: {}", printable(who.name()), id, printable(reason));
        return Map.of("id", id, "reason", reason);
    }

    private static Map<String, Object> shown(ConnectionInfo connection) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("id", connection.id());
        shown.put("protocol", connection.protocol());
        shown.put("address", connection.remote().getAddress().getHostAddress());
        shown.put("port", connection.remote().getPort());
        shown.put("user", connection.peer().user());
        shown.put("namespace", connection.peer().namespace());
        shown.put("client", connection.peer().client());
        shown.put("since", Instant.ofEpochMilli(connection.sinceMs()).toString());
        return shown;
    }

    private static long id(Request request) {
        String said = request.parameter("id");
        try {
            return Long.parseLong(said);
        } catch (NumberFormatException bad) {
            throw new BrokerException(Kind.INVALID, "a connection's id is a number, not " + said);
        }
    }

    private static String why(Request request) {
        return Objects.requireNonNullElse(request.query("reason"), "closed by an operator");
    }

    private static BrokerException unknown(long id) {
        return new BrokerException(Kind.NOT_FOUND, "no connection " + id);
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
