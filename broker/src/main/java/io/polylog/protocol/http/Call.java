package io.polylog.protocol.http;

import io.polylog.broker.Session;
import io.polylog.http.Request;
import io.polylog.http.RequestLoop;
import io.polylog.message.TopicName;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One request in a session of its own, on its own thread.
record Call(HttpPlace place, Session session, RequestLoop loop, Request request) {
    <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        return loop.await(stage);
    }

    String namespace() {
        return Named.namespace(request);
    }

    /// The topic or queue in the path.
    TopicName topic() {
        return Named.topic(request);
    }

    /// A name in the path.
    String path(String parameter) {
        return Named.path(request, parameter);
    }

    boolean flag(String name) {
        String said = request.query(name);
        return said != null && !said.equals("false");
    }
}
