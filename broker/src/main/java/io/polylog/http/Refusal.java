package io.polylog.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/// A request that is not carried out, as it is answered: `{code, message, hint}`.
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final Logger log = LoggerFactory.getLogger(Refusal.class);

    private final int status;
    private final String code;
    private final @Nullable String hint;

    /// @param status of the answer
    /// @param code for programs, in capitals
    /// @param message for people: what is wrong
    /// @param hint what helps, or null
    public Refusal(int status, String code, String message, @Nullable String hint) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.hint = hint;
    }

    /// What a failure is told as. What is none of the request's is written to the broker's log.
    public static Refusal told(Throwable failed) {
        Throwable cause = BrokerException.reason(failed);
        Refusal why = of(cause);
        if (why == null) {
            log.error("a request failed", cause);
            why = new Refusal(Status.INTERNAL_ERROR, "INTERNAL", "internal error", null);
        }
        return why;
    }

    private static @Nullable Refusal of(Throwable failed) {
        return switch (failed) {
            case Refusal refused -> refused;
            case Gate.LoginNeeded unknown -> new Refusal(Status.UNAUTHORIZED, "LOGIN", unknown);
            case BrokerException refused ->
                    new Refusal(status(refused.kind()), refused.kind().name(), refused);
            case JacksonException bad ->
                    new Refusal(Status.BAD_REQUEST, "INVALID", bad.getOriginalMessage(), null);
            case IllegalArgumentException bad -> new Refusal(Status.BAD_REQUEST, "INVALID", bad);
            default -> null;
        };
    }

    private Refusal(int status, String code, Exception why) {
        this(status, code, why.getMessage() == null ? code : why.getMessage(), null);
    }

    private static int status(Kind kind) {
        return switch (kind) {
            case NOT_FOUND -> Status.NOT_FOUND;
            case CONFLICT, LOCKED, IN_USE, NOT_EMPTY -> Status.CONFLICT;
            case DENIED -> Status.FORBIDDEN;
            case INVALID -> Status.BAD_REQUEST;
            case DISK_FULL, FULL, BUSY, CLOSED -> Status.UNAVAILABLE;
            case DAMAGED -> Status.INTERNAL_ERROR;
        };
    }

    int status() {
        return status;
    }

    /// Its JSON's members.
    public Map<String, Object> members() {
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", String.valueOf(getMessage()));
        if (hint != null) {
            error.put("hint", hint);
        }
        return error;
    }
}
