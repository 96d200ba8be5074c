package io.polylog.protocol.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.nats.NatsSubjects;
import java.nio.ByteBuffer;
import java.util.List;

/// Sends what goes to reply subjects: to whoever listens there. On the home loop.
final class Replies {
    private static final byte[] NO_HEADERS = {};

    private final Session session;

    Replies(Session session) {
        this.session = session;
    }

    void json(String namespace, String reply, Object value) {
        ByteBuffer payload = ByteBuffer.wrap(Json.write(value).getBytes(UTF_8));
        ByteBuffer message = NatsContent.of(reply, "", NO_HEADERS, payload);
        session.publish(
                List.of(
                        new Publication(
                                new Address.Subject(namespace, NatsSubjects.neutral(reply)),
                                new Content(NatsMapping.ENCODING, Envelope.PLAIN, message))),
                _ -> {});
    }
}
