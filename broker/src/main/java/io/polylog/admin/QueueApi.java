package io.polylog.admin;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Operations;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What operators do with queues, over HTTP: `GET messages` and `reasons`, `POST send`, `discard`,
/// `edit`, `pause`, `resume`, `purge`, all below `/api/v1/queues`. Bodies are JSON, also those of
/// errors. Each request has a session of its own, on its own thread.
final class QueueApi implements HttpService {
    private static final int MOST_MESSAGES = 10_000;
    private static final int MOST_BYTES = 4 << 20;

    private final JsonMapper json =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private volatile @Nullable Desk desk;
    private volatile boolean closing;

    /// From now on there is a broker to work with.
    void begin(Desk given) {
        desk = given;
    }

    /// Nothing more is waited for.
    void end() {
        closing = true;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/messages", (in, out) -> answer(in, out, this::messages));
        rules.get("/reasons", (in, out) -> answer(in, out, this::reasons));
        rules.post("/send", (in, out) -> answer(in, out, this::send));
        rules.post("/discard", (in, out) -> answer(in, out, this::discard));
        rules.post("/edit", (in, out) -> answer(in, out, this::edit));
        rules.post("/pause", (in, out) -> answer(in, out, call -> pause(call, true)));
        rules.post("/resume", (in, out) -> answer(in, out, call -> pause(call, false)));
        rules.post("/purge", (in, out) -> answer(in, out, this::purge));
    }

    /// One request.
    ///
    /// @param session its own
    /// @param loop the session's
    private record Call(Desk desk, Session session, RequestLoop loop, ServerRequest request) {
        Operations operations() {
            return session.operations();
        }

        @Nullable String query(String name) {
            return request.query().first(name).asOptional().orElse(null);
        }

        long number(String name, long otherwise) {
            String said = query(name);
            try {
                return said == null ? otherwise : Long.parseLong(said);
            } catch (NumberFormatException bad) {
                throw new BrokerException(Kind.INVALID, "'" + name + "' is no number: " + said);
            }
        }
    }

    @FunctionalInterface
    private interface Action {
        Object run(Call call);
    }

    private <T> T body(Call call, Class<T> type) {
        return json.readValue(call.request.content().as(String.class), type);
    }

    // What can be asked ------------------------------------------------------------------------

    private Object messages(Call call) {
        int partition = (int) call.number("partition", SubscriptionRef.EVERY_PARTITION);
        Orders.Target target =
                new Orders.Target(
                        call.query("namespace"),
                        call.query("name"),
                        call.query("subscription"),
                        partition);
        int limit = Math.clamp(call.number("limit", 100), 1, MOST_MESSAGES);
        int bytes = Math.clamp(call.number("bytes", 1 << 20), 1, MOST_BYTES);
        long from = call.number("from", 0);
        return new Shown(call.desk.codecs())
                .page(call.loop.await(call.operations().browse(target.ref(), from, limit, bytes)));
    }

    private Object reasons(Call call) {
        var queue = Orders.topic(call.query("namespace"), call.query("name"));
        return call.loop.await(call.operations().groups(queue)).stream().map(Shown::group).toList();
    }

    private Object send(Call call) {
        Orders.Some some = body(call, Orders.Some.class);
        return Shown.tally(
                call.loop.await(
                        call.operations()
                                .send(
                                        some.selection(),
                                        some.destination(),
                                        some.pace(),
                                        some.isDry())));
    }

    private Object discard(Call call) {
        Orders.Some some = body(call, Orders.Some.class);
        if (some.to() != null || some.perSecond() != null) {
            throw new BrokerException(Kind.INVALID, "what is discarded goes nowhere");
        }
        return Shown.tally(
                call.loop.await(call.operations().discard(some.selection(), some.isDry())));
    }

    private Object edit(Call call) {
        Orders.Change change = body(call, Orders.Change.class);
        var revision = change.revision();
        long offset =
                call.loop.await(
                        call.operations()
                                .edit(
                                        change.queue(),
                                        change.place(),
                                        content -> call.desk.codecs().revise(content, revision)));
        return Map.of("offset", offset);
    }

    private Object pause(Call call, boolean paused) {
        Orders.Target target = body(call, Orders.Target.class);
        call.loop.await(call.operations().pause(target.ref(), paused));
        return Map.of("paused", paused);
    }

    private Object purge(Call call) {
        Orders.Target target = body(call, Orders.Target.class);
        return Map.of("count", call.loop.await(call.session.purge(target.ref())));
    }

    // Answering --------------------------------------------------------------------------------

    private void answer(ServerRequest request, ServerResponse response, Action action) {
        Desk there = desk;
        if (there == null) {
            fail(response, Status.SERVICE_UNAVAILABLE_503, "STARTING", "the broker is starting");
            return;
        }
        try {
            Principal who = Gate.principal(request, there.users());
            RequestLoop loop = new RequestLoop(() -> closing);
            try (Session session = there.broker().session(who, loop)) {
                send(response, action.run(new Call(there, session, loop, request)));
            }
        } catch (Gate.LoginNeeded unknown) {
            response.header("WWW-Authenticate", "Basic realm=\"polylog\"");
            fail(response, Status.UNAUTHORIZED_401, "LOGIN", unknown.getMessage());
        } catch (BrokerException refused) {
            fail(response, status(refused.kind()), refused.kind().name(), refused.getMessage());
        } catch (JacksonException bad) {
            fail(response, Status.BAD_REQUEST_400, "INVALID", bad.getOriginalMessage());
        } catch (IllegalArgumentException bad) {
            fail(response, Status.BAD_REQUEST_400, "INVALID", bad.getMessage());
        }
    }

    private void send(ServerResponse response, Object answer) {
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(json.writeValueAsString(answer));
    }

    private void fail(
            ServerResponse response, Status status, String code, @Nullable String message) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message == null ? code : message);
        response.status(status);
        send(response, error);
    }

    private static Status status(Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> Status.NOT_FOUND_404;
            case CONFLICT, LOCKED, IN_USE, NOT_EMPTY -> Status.CONFLICT_409;
            case DENIED -> Status.FORBIDDEN_403;
            case INVALID -> Status.BAD_REQUEST_400;
            case DISK_FULL, FULL, BUSY, CLOSED -> Status.SERVICE_UNAVAILABLE_503;
            case DAMAGED -> Status.INTERNAL_SERVER_ERROR_500;
        };
    }
}
