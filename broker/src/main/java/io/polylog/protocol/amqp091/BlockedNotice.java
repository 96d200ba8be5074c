package io.polylog.protocol.amqp091;

import io.polylog.protocol.amqp091.AmqpFrame.ConnectionBlocked;
import io.polylog.protocol.amqp091.AmqpFrame.ConnectionUnblocked;
import java.util.concurrent.TimeUnit;

/// connection.blocked while publishes are refused for lack of space, and connection.unblocked a
/// while after the last refusal: then the client may try again, and hears the same if it is still
/// so. On the connection's loop.
final class BlockedNotice {
    private static final long CALM_MS = 2_000;

    private final OpenConnection connection;
    private boolean raised;
    private boolean refusedSince;

    BlockedNotice(OpenConnection connection) {
        this.connection = connection;
    }

    /// A publish was refused.
    void raise() {
        refusedSince = true;
        if (!raised && connection.terms().blockedNotify()) {
            raised = true;
            AmqpWriter.method(
                    connection.output().buffer(), 0, new ConnectionBlocked("low on disk"));
            look();
        }
    }

    private void look() {
        refusedSince = false;
        connection.loop().schedule(this::calm, CALM_MS, TimeUnit.MILLISECONDS);
    }

    private void calm() {
        if (!connection.isOpen()) {
            return;
        }
        if (refusedSince) {
            look();
        } else {
            raised = false;
            AmqpWriter.method(connection.output().buffer(), 0, new ConnectionUnblocked());
        }
    }
}
