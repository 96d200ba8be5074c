package io.polylog.http;

import io.netty.handler.codec.http.HttpRequest;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The origins (RFC 6454) whose pages may ask from within a browser. Any thread.
///
/// @param listed each as a browser says it, `scheme://host` or `scheme://host:port`; `*` stands for
///   all
public record Origins(Set<String> listed) {
    /// No page may.
    public static final Origins NONE = new Origins(Set.of());

    private static final String ALL = "*";

    public Origins {
        listed = Set.copyOf(listed);
    }

    /// Whether pages of an origin may ask; what says none is no page's.
    boolean allow(@Nullable String origin) {
        return origin == null || listed.contains(origin) || listed.contains(ALL);
    }

    /// What tells a browser that its page may read an answer (CORS, in the Fetch standard).
    ///
    /// @param head of the request, or null where there was none to read
    Map<String, String> headers(@Nullable HttpRequest head) {
        String origin = head == null ? null : head.headers().get("Origin");
        return origin == null || !allow(origin)
                ? Map.of()
                : Map.of("Access-Control-Allow-Origin", origin, "Vary", "Origin");
    }

    /// The answer to a browser that asks what its page may ask; null where this is something else.
    /// Says nothing of who may do what.
    @Nullable Reply preflight(HttpRequest head) {
        boolean asks =
                head.method().name().equals("OPTIONS")
                        && head.headers().contains("Access-Control-Request-Method");
        if (!asks || headers(head).isEmpty()) {
            return null;
        }
        String names = head.headers().get("Access-Control-Request-Headers", "");
        return new Reply(
                Status.OK,
                Map.of(
                        "Access-Control-Allow-Methods",
                        "GET, HEAD, POST, PUT, DELETE",
                        "Access-Control-Allow-Headers",
                        names,
                        "Access-Control-Max-Age",
                        "600"),
                Reply.TEXT,
                new byte[0]);
    }
}
