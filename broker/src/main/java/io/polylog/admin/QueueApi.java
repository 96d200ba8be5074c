package io.polylog.admin;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Operations;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.http.Answers;
import io.polylog.http.Request;
import io.polylog.http.RequestLoop;
import io.polylog.http.Routes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What operators do with queues, over HTTP: `GET messages`, `reasons` and `dead`, `POST send`,
/// `discard`, `edit`, `pause`, `resume`, `purge`, `reset`, `delete`, all below `/api/v1/queues`.
/// Each request has a session of its own, on its own thread.
final class QueueApi {
    private static final String PATH = "/api/v1/queues";
    private static final int MOST_MESSAGES = 10_000;
    private static final int MOST_BYTES = 4 << 20;

    private final Answers<Desk> answers;

    QueueApi(Answers<Desk> answers) {
        this.answers = answers;
    }

    void addTo(Routes routes) {
        add(routes, "GET", "/messages", this::messages);
        add(routes, "GET", "/reasons", this::reasons);
        add(routes, "GET", "/dead", this::dead);
        add(routes, "POST", "/send", this::send);
        add(routes, "POST", "/discard", this::discard);
        add(routes, "POST", "/edit", this::edit);
        add(routes, "POST", "/pause", call -> pause(call, true));
        add(routes, "POST", "/resume", call -> pause(call, false));
        add(routes, "POST", "/purge", this::purge);
        add(routes, "POST", "/reset", this::reset);
        add(routes, "POST", "/delete", this::delete);
    }

    private void add(Routes routes, String method, String path, Action action) {
        routes.add(
                method,
                PATH + path,
                answers.inSession((desk, session, loop, request) ->
                        action.run(new Call(desk, session, loop, request))));
    }

    /// One request.
    ///
    /// @param session its own
    /// @param loop the session's
    private record Call(Desk desk, Session session, RequestLoop loop, Request request) {
        Operations operations() {
            return session.operations();
        }

        @Nullable String query(String name) {
            return request.query(name);
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

    private static <T> T body(Call call, Class<T> type) {
        return Answers.read(call.request, type);
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

    private Object dead(Call call) {
        List<Map<String, Object>> shown = new ArrayList<>();
        DeadLetterQueues.of(call.session.definitions())
                .forEach((name, origins) -> {
                    Map<String, Object> one = new LinkedHashMap<>();
                    one.put("namespace", name.namespace());
                    one.put("name", name.name());
                    one.put("messages", call.loop.await(call.session.stats(name)).ready());
                    one.put("of", origins);
                    shown.add(one);
                });
        return shown;
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

    private Object reset(Call call) {
        Orders.Again again = body(call, Orders.Again.class);
        return Map.of("count", call.loop.await(call.session.reset(again.ref(), again.start())));
    }

    private Object delete(Call call) {
        Orders.Removal removal = body(call, Orders.Removal.class);
        return Map.of(
                "count",
                call.loop.await(
                        call.session.deleteTopic(
                                removal.queue(),
                                Orders.isTrue(removal.ifUnused()),
                                Orders.isTrue(removal.ifEmpty()))));
    }
}
