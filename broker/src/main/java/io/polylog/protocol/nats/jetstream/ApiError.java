package io.polylog.protocol.nats.jetstream;

import java.util.Map;

/// What can be wrong with a request, with nats-server's numbers and words (its `errors.json`). A
/// `{}` in the words stands for what is said of the case.
enum ApiError {
    BAD_REQUEST(400, 10003, "bad request"),
    STORE_FULL(503, 10023, "insufficient resources"),
    INVALID_JSON(400, 10025, "invalid JSON: {}"),
    PAYLOAD_NOT_EMPTY(400, 10038, "expected an empty request payload"),
    GENERAL(500, 10051, "{}"),
    CONFIG_REFUSED(500, 10052, "{}"),
    NAME_DIFFERS(400, 10056, "stream name in subject does not match request"),
    NAME_IN_USE(400, 10058, "stream name already in use with a different configuration"),
    STREAM_NOT_FOUND(404, 10059, "stream not found"),
    SUBJECTS_OVERLAP(400, 10065, "subjects overlap with an existing stream"),
    REPLICAS(500, 10074, "replicas > 1 not supported in non-clustered mode"),
    PURGE_REFUSED(500, 10110, "{}");

    private final int code;
    private final int number;
    private final String words;

    /// @param code as of HTTP
    /// @param number that tells errors apart (`err_code`)
    ApiError(int code, int number, String words) {
        this.code = code;
        this.number = number;
        this.words = words;
    }

    /// The error of a case.
    ///
    /// @param what is said of it; "" where the words say all
    ApiException of(String what) {
        return new ApiException(this, words.replace("{}", what));
    }

    ApiException plain() {
        return of("");
    }

    /// As the `error` of a response.
    Map<String, Object> fields(String description) {
        return Map.of("code", code, "err_code", number, "description", description);
    }
}
