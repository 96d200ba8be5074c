package io.polylog.admin;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.http.Answers;
import io.polylog.net.ConnectionInfo;
import io.polylog.security.Principal;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What operators do with connections, over HTTP, below `/api/v1/connections`: `GET` all or one,
/// `DELETE` one, `?reason=` saying why. Each request on its own thread.
final class ConnectionApi implements HttpService {
    private static final Logger log = LoggerFactory.getLogger(ConnectionApi.class);

    private final Answers<Desk> answers;

    ConnectionApi(Answers<Desk> answers) {
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", (in, out) -> answers.answer(in, out, (desk, _) -> list(desk)));
        rules.get("/{id}", (in, out) -> answers.answer(in, out, (desk, _) -> show(desk, id(in))));
        rules.delete(
                "/{id}",
                (in, out) ->
                        answers.answer(in, out, (desk, who) -> close(desk, who, id(in), why(in))));
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

    private static long id(ServerRequest request) {
        String said = request.path().pathParameters().get("id");
        try {
            return Long.parseLong(said);
        } catch (NumberFormatException bad) {
            throw new BrokerException(Kind.INVALID, "a connection's id is a number, not " + said);
        }
    }

    private static String why(ServerRequest request) {
        return request.query().first("reason").orElse("closed by an operator");
    }

    private static BrokerException unknown(long id) {
        return new BrokerException(Kind.NOT_FOUND, "no connection " + id);
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
