package io.polylog.http;

/// What serves the requests of one route.
public interface Endpoint {
    /// The largest body it takes, in bytes.
    ///
    /// @param head its body has not arrived yet
    int mostBytes(Request head);

    /// Serves one request whose body is there, and sees to its being answered once. On the
    /// connection's loop; must not wait.
    void serve(Exchange exchange);
}
