package io.polylog.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is asked for. Any thread, once its body is there.
public final class Request {
    private static final byte[] NOTHING = {};

    private final String method;
    private final HttpHeaders headers;
    private final Map<String, String> parameters;
    private final QueryStringDecoder uri;
    private byte[] body = NOTHING;

    Request(HttpRequest head, QueryStringDecoder uri, Map<String, String> parameters) {
        method = head.method().name();
        headers = head.headers();
        this.uri = uri;
        this.parameters = parameters;
    }

    void body(byte[] arrived) {
        body = arrived;
    }

    public String method() {
        return method;
    }

    /// A part of the path that its route names.
    public String parameter(String name) {
        String said = parameters.get(name);
        if (said == null) {
            throw new IllegalArgumentException("the route has no " + name);
        }
        return said;
    }

    /// The first of a parameter behind the path, or null.
    public @Nullable String query(String name) {
        List<String> said = uri.parameters().get(name);
        return said == null ? null : said.get(0);
    }

    /// The parameters behind the path, the first of each name.
    public Map<String, String> query() {
        Map<String, String> firsts = new LinkedHashMap<>();
        uri.parameters().forEach((name, all) -> firsts.put(name, all.get(0)));
        return firsts;
    }

    /// The first header of a name, in any case, or null.
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    /// All headers in their order, with their names as they were sent.
    public Iterable<Map.Entry<String, String>> headers() {
        return headers;
    }

    /// The whole body; empty where there is none. Not to be changed.
    public byte[] body() {
        return body;
    }

    /// The whole body, which is not kept here: it need not live as long as its answer takes.
    public byte[] takeBody() {
        byte[] taken = body;
        body = NOTHING;
        return taken;
    }
}
