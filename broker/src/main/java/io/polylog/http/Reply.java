package io.polylog.http;

import java.util.Map;

/// What is answered to one request.
///
/// @param status of [Status]
/// @param headers further ones; values without line ends
/// @param type of the body
public record Reply(int status, Map<String, String> headers, String type, byte[] body) {
    public static final String JSON = "application/json";
    public static final String TEXT = "text/plain; charset=utf-8";

    /// Without further headers.
    public static Reply of(int status, String type, byte[] body) {
        return new Reply(status, Map.of(), type, body);
    }
}
