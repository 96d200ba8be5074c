package io.polylog.protocol.nats.jetstream.api;

import io.polylog.broker.BrokerException;
import java.util.Map;

/// A request is refused.
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ApiError error;

    ApiException(ApiError error, String message) {
        super(message, null, false, false);
        this.error = error;
    }

    /// What the broker refused, as clients of JetStream are told it.
    public static ApiException of(BrokerException refused) {
        return switch (refused.kind()) {
            case NOT_FOUND -> ApiError.STREAM_NOT_FOUND.plain();
            case CONFLICT, LOCKED -> ApiError.NAME_IN_USE.plain();
            case DISK_FULL, FULL, BUSY -> ApiError.STORE_FULL.plain();
            default -> ApiError.GENERAL.of(String.valueOf(refused.getMessage()));
        };
    }

    /// As the `error` of a response.
    public Map<String, Object> fields() {
        return error.fields(String.valueOf(getMessage()));
    }
}
