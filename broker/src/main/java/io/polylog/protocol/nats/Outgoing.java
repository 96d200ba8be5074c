package io.polylog.protocol.nats;

import io.polylog.broker.DeliveredMessages;
import io.polylog.broker.LiveMessage;
import io.polylog.message.Message;
import io.polylog.net.Backlog;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What goes to a client as it is published. What its socket does not take waits, up to a bound; a
/// client that lets it come to that is cut. On the loop.
final class Outgoing {
    private final NatsConnection connection;
    private final MessageWriter writer;
    private final Backlog<Waiting> backlog;
    private final Function<LiveMessage, NatsContent> shape;

    /// One message for a subscription, or, where there is none, an answer to a PING.
    private record Waiting(@Nullable NatsContent message, byte[] sid) {
        private static final Waiting PONG = new Waiting(null, new byte[0]);

        private long bytes() {
            return message == null
                    ? 0
                    : (long) message.subjectsLength()
                            + message.headersLength()
                            + message.payloadLength();
        }
    }

    Outgoing(OpenNats open) {
        connection = open.connection();
        writer = new MessageWriter(open.options().headers(), connection.traffic());
        backlog = new Backlog<>(connection.node().waiting(), Waiting::bytes);
        DeliveredMessages others = new DeliveredMessages(connection.node().seams().codecs());
        shape = heard -> shaped(heard, others);
    }

    private static NatsContent shaped(LiveMessage heard, DeliveredMessages others) {
        if (heard.content().encoding() == NatsMapping.ENCODING) {
            return NatsContent.wrap(heard.content().bytes());
        }
        Message message = others.open(heard.content()).getFirst();
        return NatsContent.wrap(NatsMapping.stored(message, heard.subject()));
    }

    /// What NATS makes of a message; null where it cannot say it, or nobody is there any more.
    @Nullable NatsContent content(LiveMessage message) {
        if (connection.isEnded()) {
            return null;
        }
        try {
            return message.shaped(NatsContent.class, shape);
        } catch (IllegalArgumentException unsayable) {
            return null;
        }
    }

    /// Sends a message, or keeps it until there is room.
    void take(NatsContent message, byte[] sid) {
        if (connection.isEnded()) {
            return;
        }
        if (backlog.isEmpty() && connection.output().writable()) {
            writer.write(connection.output().buffer(), message, sid);
        } else {
            keep(new Waiting(message, sid));
        }
    }

    /// Answers a PING, after everything that waits.
    void pong() {
        if (connection.isEnded()) {
            return;
        }
        if (backlog.isEmpty()) {
            connection.writePong();
        } else {
            keep(Waiting.PONG);
        }
    }

    private void keep(Waiting waiting) {
        if (!backlog.add(waiting)) {
            tooSlow();
        }
    }

    private void tooSlow() {
        NatsProtocol.Counts counts = connection.node().seams().counts();
        counts.missed().add(backlog.size() + 1);
        counts.slow().increment();
        connection.fail(NatsException.told(NatsException.SLOW));
    }

    void through() {
        connection.output().askTurn();
    }

    /// The socket takes more.
    void resume() {
        while (!backlog.isEmpty() && connection.output().writable()) {
            Waiting next = Objects.requireNonNull(backlog.poll());
            if (next.message == null) {
                connection.writePong();
            } else {
                writer.write(connection.output().buffer(), next.message, next.sid);
            }
        }
    }

    void close() {
        backlog.clear();
    }
}
