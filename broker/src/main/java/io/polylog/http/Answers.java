package io.polylog.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Session;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Lets in who may ask, and writes answers and errors as JSON. Any thread.
///
/// @param <P> what requests work with
public final class Answers<P extends Place> {
    private static final long MOST_SKIPPED_BYTES = 32L << 20;

    private final JsonMapper json =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private volatile @Nullable P place;
    private volatile boolean closing;

    /// What one request asks for.
    @FunctionalInterface
    public interface Action<P> {
        /// Does it, and gives what is written as JSON; throws what is told as an error.
        Object run(P place, Principal who);
    }

    /// What one request asks for that has a session of its own.
    @FunctionalInterface
    public interface SessionAction<P> {
        /// As [Action#run].
        ///
        /// @param loop the session's: the request's own thread while it waits
        Object run(P place, Session session, RequestLoop loop);
    }

    /// An answer with another status than 200.
    public record Answer(Status status, Object body) {}

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
    public <T> T read(ServerRequest request, Class<T> type) {
        return json.readValue(request.content().as(String.class), type);
    }

    /// Answers one request, in a session that ends with it.
    public void answerInSession(
            ServerRequest request, ServerResponse response, SessionAction<P> action) {
        answer(
                request,
                response,
                (there, who) -> {
                    RequestLoop loop = new RequestLoop(this::isClosing);
                    try (Session session = there.broker().session(who, loop)) {
                        return action.run(there, session, loop);
                    }
                });
    }

    /// Answers one request.
    public void answer(ServerRequest request, ServerResponse response, Action<P> action) {
        P there = place;
        if (there == null) {
            fail(
                    request,
                    response,
                    new Refusal(
                            Status.SERVICE_UNAVAILABLE_503,
                            "STARTING",
                            "the broker is starting or stopping",
                            null));
            return;
        }
        try {
            Principal who = Gate.principal(request, there.users());
            send(request, response, action.run(there, who));
        } catch (Gate.LoginNeeded unknown) {
            response.header("WWW-Authenticate", "Basic realm=\"polylog\"");
            fail(request, response, refusal(Status.UNAUTHORIZED_401, "LOGIN", unknown));
        } catch (Refusal refused) {
            fail(request, response, refused);
        } catch (BrokerException refused) {
            fail(
                    request,
                    response,
                    refusal(status(refused.kind()), refused.kind().name(), refused));
        } catch (JacksonException bad) {
            fail(
                    request,
                    response,
                    new Refusal(Status.BAD_REQUEST_400, "INVALID", bad.getOriginalMessage(), null));
        } catch (IllegalArgumentException bad) {
            fail(request, response, refusal(Status.BAD_REQUEST_400, "INVALID", bad));
        }
    }

    private static Refusal refusal(Status status, String code, Exception why) {
        String message = why.getMessage();
        return new Refusal(status, code, message == null ? code : message, null);
    }

    private void send(ServerRequest request, ServerResponse response, Object answer) {
        if (answer instanceof Answer(Status status, Object body)) {
            response.status(status);
            write(request, response, body);
        } else {
            write(request, response, answer);
        }
    }

    /// The web server reads what is left of a body; one that would take long is not waited for: the
    /// connection ends behind the answer.
    private void write(ServerRequest request, ServerResponse response, Object answer) {
        boolean isLong =
                request.headers().contentLength().orElse(0) > MOST_SKIPPED_BYTES
                        && !request.content().consumed();
        if (isLong) {
            response.header(HeaderValues.CONNECTION_CLOSE);
        }
        response.header(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(json.writeValueAsBytes(answer));
        if (isLong) {
            throw new CloseConnectionException("the rest of the body is not wanted");
        }
    }

    private void fail(ServerRequest request, ServerResponse response, Refusal why) {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", why.code());
        error.put("message", String.valueOf(why.getMessage()));
        if (why.hint() != null) {
            error.put("hint", why.hint());
        }
        response.status(why.status());
        write(request, response, error);
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
