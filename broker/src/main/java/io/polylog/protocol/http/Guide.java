package io.polylog.protocol.http;

import io.polylog.http.Endpoint;
import io.polylog.http.Reply;
import io.polylog.http.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/// What is told of all this: an OpenAPI description, and a page to read it by. Any thread.
final class Guide {
    static final Endpoint DESCRIPTION = file("openapi.json", Reply.JSON);
    static final Endpoint PAGE = file("docs.html", "text/html; charset=utf-8");

    private Guide() {}

    /// Read when it is asked for: hardly ever.
    private static Endpoint file(String name, String type) {
        return Endpoint.always(() -> {
            try (InputStream in = Guide.class.getResourceAsStream(name)) {
                if (in == null) {
                    throw new IllegalStateException(name + " is missing");
                }
                return Reply.of(Status.OK, type, in.readAllBytes());
            } catch (IOException damaged) {
                throw new UncheckedIOException(damaged);
            }
        });
    }
}
