package io.polylog.http;

import java.util.function.Supplier;

/// What serves the requests of one route.
public interface Endpoint {
    /// The largest body it takes, in bytes.
    ///
    /// @param head its body has not arrived yet
    int mostBytes(Request head);

    /// Serves one request whose body is there, and sees to its being answered once. On the
    /// connection's loop; must not wait.
    void serve(Exchange exchange);

    /// One that answers everybody at once, whether there is a broker or not.
    static Endpoint always(Supplier<Reply> reply) {
        return new Endpoint() {
            @Override
            public int mostBytes(Request head) {
                return 0;
            }

            @Override
            public void serve(Exchange exchange) {
                exchange.answer(reply.get());
            }
        };
    }
}
