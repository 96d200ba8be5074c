package io.polylog.http;

import io.polylog.broker.Session;
import io.polylog.security.Principal;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Lets in who may ask, and makes answers and errors JSON. Any thread.
///
/// @param <P> what requests work with
public final class Answers<P extends Place> {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    private static final int USUAL_BYTES = 2 << 20;

    private final Executor threads;
    private volatile @Nullable P place;
    private volatile boolean closing;

    /// What one request asks for.
    @FunctionalInterface
    public interface Action<P> {
        /// Does it, and gives what is written as JSON, or an [Answer] or a [Reply]; throws what is
        /// told as an error. On a thread of its own.
        Object run(P place, Principal who, Request request);
    }

    /// What one request asks for that has a session of its own.
    @FunctionalInterface
    public interface SessionAction<P> {
        /// As [Action#run].
        ///
        /// @param loop the session's: the request's own thread while it waits
        Object run(P place, Session session, RequestLoop loop, Request request);
    }

    /// What one request asks for that does not wait.
    @FunctionalInterface
    public interface LoopAction<P> {
        /// Begins it; it is answered later. Throws what is told as an error. On the connection's
        /// loop.
        ///
        /// @param session the connection's
        void run(P place, Session session, Exchange exchange);
    }

    /// What one request asks for, once it is known who asks.
    @FunctionalInterface
    public interface Admitted<P> {
        /// Begins it; it is answered later. Throws what is told as an error. On the connection's
        /// loop; must not wait.
        void run(P place, Principal who, Exchange exchange);
    }

    /// What begins where a WebSocket is asked for.
    @FunctionalInterface
    public interface SocketAction<P> {
        /// Makes it one ([Exchange#upgrade]). Throws what is told as an error. On the connection's
        /// loop.
        ///
        /// @param visit of who asks: not known yet where a login is to come in messages
        void run(P place, Visit visit, Exchange exchange);
    }

    /// An answer with another status than 200.
    public record Answer(int status, Object body) {}

    /// @param threads runs each task on a thread that may wait
    public Answers(Executor threads) {
        this.threads = threads;
    }

    /// From now on there is a broker to work with.
    public void begin(P given) {
        place = given;
    }

    /// Nothing more is waited for.
    public void end() {
        closing = true;
        place = null;
    }

    public boolean isClosing() {
        return closing;
    }

    /// What a request's body says.
    public static <T> T read(Request request, Class<T> type) {
        return JSON.readValue(request.body(), type);
    }

    // Endpoints --------------------------------------------------------------------------------

    /// Answers requests on threads of their own.
    public Endpoint answering(Action<P> action) {
        return enter(
                _ -> USUAL_BYTES,
                (there, who, exchange) -> {
                    Request request = exchange.request();
                    threads.execute(() -> {
                        Reply reply = outcome(there, who, request, action);
                        exchange.later(() -> exchange.answer(reply));
                    });
                });
    }

    /// Answers requests, each in a session that ends with it.
    public Endpoint inSession(SessionAction<P> action) {
        return answering((there, who, request) -> {
            RequestLoop loop = new RequestLoop(this::isClosing);
            try (Session session = there.broker().session(who, loop)) {
                return action.run(there, session, loop, request);
            }
        });
    }

    /// Answers requests on their connection's loop and in its session.
    ///
    /// @param mostBytes as [Endpoint#mostBytes]
    public Endpoint onLoop(ToIntFunction<Request> mostBytes, LoopAction<P> action) {
        return enter(
                mostBytes,
                (there, _, exchange) ->
                        action.run(there, exchange.visit().session(there.broker()), exchange));
    }

    /// Hands requests on, on their connection's loop.
    ///
    /// @param mostBytes as [Endpoint#mostBytes]
    public Endpoint admitting(ToIntFunction<Request> mostBytes, Admitted<P> then) {
        return enter(mostBytes, then);
    }

    /// Makes connections WebSockets. Who does not log in with the request does it in messages.
    public Endpoint upgrading(SocketAction<P> action) {
        Endpoint knowing =
                enter(
                        _ -> 0,
                        (there, _, exchange) -> action.run(there, exchange.visit(), exchange));
        return new Endpoint() {
            @Override
            public int mostBytes(Request head) {
                return 0;
            }

            @Override
            public void serve(Exchange exchange) {
                Handshake.require(exchange.request());
                P there = place;
                if (there == null
                        || there.users() == null
                        || exchange.request().header("Authorization") != null) {
                    knowing.serve(exchange);
                    return;
                }
                Visit visit = exchange.visit();
                visit.requireNear(exchange.request(), there.users());
                visit.forget();
                action.run(there, visit, exchange);
            }
        };
    }

    private Endpoint enter(ToIntFunction<Request> mostBytes, Admitted<P> then) {
        return new Endpoint() {
            @Override
            public int mostBytes(Request head) {
                return mostBytes.applyAsInt(head);
            }

            @Override
            public void serve(Exchange exchange) {
                P there = place;
                if (there == null) {
                    exchange.answer(reply(starting()));
                    return;
                }
                exchange.visit()
                        .enter(
                                exchange.request(),
                                there.users(),
                                who -> entered(there, who, exchange, then),
                                failed -> exchange.answer(failure(failed)));
            }
        };
    }

    private static Refusal starting() {
        return new Refusal(
                Status.UNAVAILABLE, "STARTING", "the broker is starting or stopping", null);
    }

    private static <P> void entered(P there, Principal who, Exchange exchange, Admitted<P> then) {
        try {
            then.run(there, who, exchange);
        } catch (RuntimeException failed) {
            exchange.answer(failure(failed));
        }
    }

    private static <P> Reply outcome(P there, Principal who, Request request, Action<P> action) {
        try {
            return reply(action.run(there, who, request));
        } catch (RuntimeException | Error failed) { // nobody else would answer
            return failure(failed);
        }
    }

    // As JSON ----------------------------------------------------------------------------------

    /// What is answered as it is said.
    ///
    /// @param answer a [Reply], an [Answer], or the value of one with status 200
    public static Reply reply(Object answer) {
        return switch (answer) {
            case Reply done -> done;
            case Answer(int status, Object body) ->
                    Reply.of(status, Reply.JSON, JSON.writeValueAsBytes(body));
            case Refusal why -> refused(why);
            default -> Reply.of(Status.OK, Reply.JSON, JSON.writeValueAsBytes(answer));
        };
    }

    /// What is answered where something went wrong.
    public static Reply failure(Throwable failed) {
        return refused(Refusal.told(failed));
    }

    private static Reply refused(Refusal why) {
        return new Reply(
                why.status(), headers(why), Reply.JSON, JSON.writeValueAsBytes(why.members()));
    }

    /// What has to be said beside some status.
    private static Map<String, String> headers(Refusal why) {
        return switch (why.status()) {
            case Status.UNAUTHORIZED -> Map.of("WWW-Authenticate", "Basic realm=\"polylog\"");
            case Status.UPGRADE_REQUIRED ->
                    Map.of(
                            "Upgrade",
                            "websocket",
                            "Connection",
                            "Upgrade",
                            "Sec-WebSocket-Version",
                            Handshake.VERSION);
            default -> Map.of();
        };
    }
}
