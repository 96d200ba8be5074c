package io.polylog.protocol.nats.jetstream.api;

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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/// Sends what goes to reply subjects: to whoever listens there. On the home loop.
public final class Replies {
    private static final byte[] NO_HEADERS = {};
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static final int MOST_OF_A_TURN = 128;

    private final Session session;
    private final Executor home;

    /// What is sent together, and what runs then.
    private List<Publication> turn = new ArrayList<>();

    private List<Runnable> arrivals = new ArrayList<>();

    public Replies(Session session, Executor home) {
        this.session = session;
        this.home = home;
    }

    public void json(String namespace, String reply, Object value) {
        text(namespace, reply, Json.write(value));
    }

    public void text(String namespace, String reply, String text) {
        byte[] payload = text.getBytes(UTF_8);
        send(
                namespace,
                reply,
                NatsContent.of(reply, "", NO_HEADERS, ByteBuffer.wrap(payload)),
                () -> {});
    }

    /// Whether somebody listens to a subject now.
    public boolean isHeard(String namespace, String subject) {
        return session.isHeard(namespace, NatsSubjects.neutral(subject));
    }

    /// Grows with each change of who listens to what.
    public long listenersVersion() {
        return session.listenersVersion();
    }

    /// Sends a message without payload.
    ///
    /// @param line what follows the version, and lines of headers
    public void status(String namespace, String to, String line) {
        status(namespace, to, "", line);
    }

    /// As [#status(String, String, String)], with a reply subject of its own.
    public void status(String namespace, String to, String reply, String line) {
        byte[] block = ("NATS/1.0 " + line + "\r\n\r\n").getBytes(UTF_8);
        send(namespace, to, NatsContent.of(to, reply, block, NOTHING), () -> {});
    }

    /// Says that nobody is there for a request, as nats-server does.
    public void nobody(ApiRequest request) {
        if (!request.reply().isEmpty()) {
            String subject = request.from().message().subject();
            status(request.namespace(), request.reply(), "503\r\nNats-Subject: " + subject);
        }
    }

    /// Sends a stored message with further headers.
    public void stored(String namespace, String reply, NatsContent message, String lines) {
        byte[] headers = headers(message, lines);
        send(namespace, reply, NatsContent.of(reply, "", headers, message.payload()), () -> {});
    }

    /// Sends a stored message without headers.
    public void bare(String namespace, String reply, NatsContent message) {
        send(namespace, reply, NatsContent.of(reply, "", NO_HEADERS, message.payload()), () -> {});
    }

    /// A message's headers and further ones.
    public static byte[] headers(NatsContent message, String lines) {
        byte[] own = message.headers();
        String headers = own.length == 0 ? "NATS/1.0\r\n\r\n" : new String(own, UTF_8);
        return (headers.substring(0, headers.length() - 2) + lines + "\r\n\r\n").getBytes(UTF_8);
    }

    /// Sends a message that may carry another subject than the one it goes to, with others of this
    /// turn.
    ///
    /// @param to "" for nobody
    /// @param then runs when it is with who listens
    public void send(String namespace, String to, ByteBuffer message, Runnable then) {
        if (to.isEmpty()) {
            return;
        }
        turn.add(
                new Publication(
                        new Address.Subject(namespace, NatsSubjects.neutral(to)),
                        new Content(NatsMapping.ENCODING, Envelope.PLAIN, message)));
        arrivals.add(then);
        if (turn.size() == 1) {
            home.execute(this::handOver);
        } else if (turn.size() >= MOST_OF_A_TURN) {
            handOver();
        }
    }

    private void handOver() {
        if (turn.isEmpty()) {
            return;
        }
        List<Publication> all = turn;
        List<Runnable> those = arrivals;
        turn = new ArrayList<>();
        arrivals = new ArrayList<>();
        session.publish(all, _ -> those.forEach(Runnable::run));
    }
}
