package io.polylog.admin;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Lets in who may ask, and writes answers and errors as JSON. Any thread.
final class Answers {
    private final JsonMapper json =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

    private volatile @Nullable Desk desk;
    private volatile boolean closing;

    /// What one request asks for.
    @FunctionalInterface
    interface Action {
        /// Does it, and gives what is written as JSON; throws what is told as an error.
        Object run(Desk desk, Principal who);
    }

    /// From now on there is a broker to work with.
    void begin(Desk given) {
        desk = given;
    }

    /// Nothing more is waited for.
    void end() {
        closing = true;
        desk = null;
    }

    boolean isClosing() {
        return closing;
    }

    /// What a request's body says.
    <T> T read(ServerRequest request, Class<T> type) {
        return json.readValue(request.content().as(String.class), type);
    }

    /// Answers one request.
    void answer(ServerRequest request, ServerResponse response, Action action) {
        Desk there = desk;
        if (there == null) {
            fail(
                    response,
                    Status.SERVICE_UNAVAILABLE_503,
                    "STARTING",
                    "the broker is starting or stopping");
            return;
        }
        try {
            Principal who = Gate.principal(request, there.users());
            send(response, action.run(there, who));
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
