package io.polylog.protocol.nats;

import io.polylog.broker.Session;
import io.polylog.security.Principal;
import org.jspecify.annotations.Nullable;

/// What a client that is logged in has. On the loop.
final class OpenNats {
    private final NatsConnection connection;
    private final Session session;
    private final Principal principal;
    private final String namespace;
    private final ConnectOptions options;
    private final Publishing publishing;
    private final Subscriptions subscriptions;

    OpenNats(
            NatsConnection connection,
            Session session,
            Principal principal,
            String namespace,
            ConnectOptions options) {
        this.connection = connection;
        this.session = session;
        this.principal = principal;
        this.namespace = namespace;
        this.options = options;
        publishing = new Publishing(this);
        subscriptions = new Subscriptions(this);
    }

    NatsConnection connection() {
        return connection;
    }

    Session session() {
        return session;
    }

    Principal principal() {
        return principal;
    }

    String namespace() {
        return namespace;
    }

    ConnectOptions options() {
        return options;
    }

    Publishing publishing() {
        return publishing;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    /// Tells that a command was taken, to who wants to know, or what was wrong with it.
    ///
    /// @param error null for nothing
    void answer(@Nullable String error) {
        if (error != null) {
            NatsWriter.error(connection.output().buffer(), error);
        } else if (options.verbose()) {
            NatsWriter.ok(connection.output().buffer());
        }
    }

    /// The end of a turn: what was collected is handed over.
    void turn() {
        publishing.handOver();
    }

    void end(String why) {
        publishing.end();
        subscriptions.close();
        session.close(why);
    }
}
