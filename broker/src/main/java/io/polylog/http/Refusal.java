package io.polylog.http;

import io.helidon.http.Status;
import org.jspecify.annotations.Nullable;

/// A request that is not carried out, as it is answered: `{code, message, hint}`.
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Status status;
    private final String code;
    private final @Nullable String hint;

    /// @param status of the answer
    /// @param code for programs, in capitals
    /// @param message for people: what is wrong
    /// @param hint what helps, or null
    public Refusal(Status status, String code, String message, @Nullable String hint) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.hint = hint;
    }

    Status status() {
        return status;
    }

    String code() {
        return code;
    }

    @Nullable String hint() {
        return hint;
    }
}
