package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.http.Request;
import io.polylog.message.TopicName;

/// The names in a request. Any thread.
final class Named {
    private static final int MOST_NAME_BYTES = 255;

    private Named() {}

    static String namespace(Request request) {
        String said = request.query("namespace");
        return said == null ? TopicName.DEFAULT_NAMESPACE : said;
    }

    /// The topic or queue in the path.
    static TopicName topic(Request request) {
        return new TopicName(namespace(request), path(request, "name"));
    }

    /// A name in the path.
    static String path(Request request, String parameter) {
        String said = request.parameter(parameter);
        if (said.isEmpty() || said.getBytes(UTF_8).length > MOST_NAME_BYTES) {
            throw Json.invalid("a name has 1 to " + MOST_NAME_BYTES + " bytes");
        }
        return said;
    }
}
