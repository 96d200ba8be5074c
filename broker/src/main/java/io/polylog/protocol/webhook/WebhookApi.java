package io.polylog.protocol.webhook;

import io.polylog.broker.Broker;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.http.Answers;
import io.polylog.http.Place;
import io.polylog.http.Request;
import io.polylog.http.Routes;
import io.polylog.http.Status;
import io.polylog.message.TopicName;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// The routes of `docs/webhooks.md`. Each request on its own thread.
public final class WebhookApi {
    private static final String ALL = "/v1/webhooks";
    private static final String ONE = ALL + "/{name}";
    private static final String GET = "GET";
    private static final String POST = "POST";

    private final Answers<Office> answers;

    /// What requests work with.
    private record Office(Webhooks webhooks, Broker broker, @Nullable Authenticator users)
            implements Place {}

    /// What one request asks for.
    @FunctionalInterface
    private interface Action {
        CompletionStage<?> ask(Webhooks webhooks, Asking asking);
    }

    /// One request, and who asks.
    private record Asking(Principal who, Request request) {
        String namespace() {
            String said = request.query("namespace");
            return said == null ? TopicName.DEFAULT_NAMESPACE : said;
        }

        String name() {
            return request.parameter("name");
        }
    }

    /// @param threads runs each task on a thread that may wait
    public WebhookApi(Executor threads) {
        answers = new Answers<>(threads);
    }

    /// From now on there are webhooks.
    public void begin(Webhooks webhooks, Broker broker, @Nullable Authenticator users) {
        answers.begin(new Office(webhooks, broker, users));
    }

    /// From now on there are none.
    public void end() {
        answers.end();
    }

    /// Adds all that it serves.
    public void addTo(Routes routes) {
        add(routes, GET, ALL, (all, in) -> all.list(in.who, in.namespace()));
        add(routes, GET, ONE, (all, in) -> all.get(in.who, in.namespace(), in.name()));
        add(
                routes,
                "PUT",
                ONE,
                (all, in) ->
                        all.put(in.who, in.namespace(), in.name(), in.request.body())
                                .thenApply(WebhookApi::answer));
        add(routes, "DELETE", ONE, (all, in) -> all.delete(in.who, in.namespace(), in.name()));
        add(
                routes,
                POST,
                ONE + "/pause",
                (all, in) -> all.pause(in.who, in.namespace(), in.name()));
        add(
                routes,
                POST,
                ONE + "/resume",
                (all, in) -> all.resume(in.who, in.namespace(), in.name()));
        add(
                routes,
                POST,
                ONE + "/rotate",
                (all, in) -> all.rotate(in.who, in.namespace(), in.name()));
        add(
                routes,
                POST,
                ONE + "/test",
                (all, in) -> all.test(in.who, in.namespace(), in.name(), in.request.body()));
    }

    private void add(Routes routes, String method, String path, Action action) {
        routes.add(
                method,
                path,
                answers.answering((office, who, request) ->
                        wait(action.ask(office.webhooks, new Asking(who, request)))));
    }

    private static Object answer(Webhooks.Put put) {
        return put.made() ? new Answers.Answer(Status.CREATED, put.shown()) : put.shown();
    }

    private static Object wait(CompletionStage<?> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException failed) {
            Throwable why = BrokerException.reason(failed);
            throw why instanceof RuntimeException refused
                    ? refused
                    : new BrokerException(Kind.CLOSED, String.valueOf(why.getMessage()));
        }
    }
}
