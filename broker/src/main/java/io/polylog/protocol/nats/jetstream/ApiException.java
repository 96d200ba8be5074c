package io.polylog.protocol.nats.jetstream;

import java.util.Map;

/// A request is refused.
final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ApiError error;

    ApiException(ApiError error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    /// As the `error` of a response.
    Map<String, Object> fields() {
        return error.fields(String.valueOf(getMessage()));
    }
}
