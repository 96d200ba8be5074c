package io.polylog.http;

import io.netty.handler.codec.http.HttpResponseStatus;

/// The status codes that are answered with (RFC 9110, section 15).
public final class Status {
    public static final int SWITCHING = 101;
    public static final int OK = 200;
    public static final int CREATED = 201;
    public static final int NO_CONTENT = 204;
    public static final int BAD_REQUEST = 400;
    public static final int UNAUTHORIZED = 401;
    public static final int FORBIDDEN = 403;
    public static final int NOT_FOUND = 404;
    public static final int METHOD_NOT_ALLOWED = 405;
    public static final int REQUEST_TIMEOUT = 408;
    public static final int CONFLICT = 409;
    public static final int GONE = 410;
    public static final int CONTENT_TOO_LARGE = 413;
    public static final int URI_TOO_LONG = 414;
    public static final int UNPROCESSABLE = 422;
    public static final int UPGRADE_REQUIRED = 426;
    public static final int TOO_MANY_REQUESTS = 429;
    public static final int HEADERS_TOO_LARGE = 431;
    public static final int INTERNAL_ERROR = 500;
    public static final int UNAVAILABLE = 503;

    private Status() {}

    /// What is said beside the number.
    static String phrase(int status) {
        return HttpResponseStatus.valueOf(status).reasonPhrase();
    }
}
