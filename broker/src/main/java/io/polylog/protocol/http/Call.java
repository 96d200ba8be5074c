package io.polylog.protocol.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.webserver.http.ServerRequest;
import io.polylog.broker.Session;
import io.polylog.http.RequestLoop;
import io.polylog.message.TopicName;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One request in a session of its own, on its own thread.
record Call(HttpPlace place, Session session, RequestLoop loop, ServerRequest request) {
    private static final int MOST_NAME_BYTES = 255;

    <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        return loop.await(stage);
    }

    String namespace() {
        String said = query("namespace");
        return said == null ? TopicName.DEFAULT_NAMESPACE : said;
    }

    /// The topic or queue in the path.
    TopicName topic() {
        return new TopicName(namespace(), path("name"));
    }

    /// A name in the path.
    String path(String parameter) {
        String said = request.path().pathParameters().get(parameter);
        if (said.isEmpty() || said.getBytes(UTF_8).length > MOST_NAME_BYTES) {
            throw Json.invalid("a name has 1 to " + MOST_NAME_BYTES + " bytes");
        }
        return said;
    }

    @Nullable String query(String name) {
        return request.query().first(name).asOptional().orElse(null);
    }

    boolean flag(String name) {
        String said = query(name);
        return said != null && !said.equals("false");
    }
}
