package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.broker.Definitions;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.security.Principal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From the first byte to connection.open-ok (specification 2.2.4): protocol header, log-in,
/// tuning, choice of the virtual host. On the connection's loop.
final class Handshake {
    private static final Logger log = LoggerFactory.getLogger(Handshake.class);

    /// Largest frame until the tuning is done: the least that a peer must be able to take.
    static final int FRAME_MAX = AmqpSettings.LEAST_FRAME_MAX;

    private static final List<String> CAPABILITIES =
            List.of(
                    "publisher_confirms",
                    "exchange_exchange_bindings",
                    "basic.nack",
                    "consumer_cancel_notify",
                    "connection.blocked",
                    "consumer_priorities",
                    "authentication_failure_close",
                    "per_consumer_qos",
                    "direct_reply_to");

    private final AmqpConnection connection;
    private Step step = Step.HEADER;
    private int headerBytes;
    private Map<String, @Nullable Object> clientCapabilities = Map.of();
    private String user = "";
    private String clientName = "";
    private @Nullable Principal principal;
    private @Nullable ConnectionTuneOk tuned;

    private enum Step {
        HEADER,
        START_OK,
        AUTHENTICATING,
        TUNE_OK,
        OPEN,
        OPENING
    }

    Handshake(AmqpConnection connection) {
        this.connection = connection;
    }

    /// Reads the protocol header, octet by octet, so that another protocol is told at its first
    /// wrong one.
    ///
    /// @return whether the header is complete and what follows is frames
    boolean header(ByteBuf in) {
        while (headerBytes < AmqpWriter.PROTOCOL_HEADER.length && in.isReadable()) {
            if (in.readByte() != AmqpWriter.PROTOCOL_HEADER[headerBytes]) {
                connection.refuse(AmqpWriter.PROTOCOL_HEADER);
                return false;
            }
            headerBytes++;
            if (headerBytes == AmqpWriter.PROTOCOL_HEADER.length) {
                step = Step.START_OK;
                reply(new ConnectionStart(serverProperties(), "PLAIN AMQPLAIN"));
            }
        }
        return headerBytes == AmqpWriter.PROTOCOL_HEADER.length;
    }

    private static Map<String, @Nullable Object> serverProperties() {
        Map<String, @Nullable Object> capabilities = new LinkedHashMap<>();
        CAPABILITIES.forEach(name -> capabilities.put(name, true));
        Map<String, @Nullable Object> properties = new LinkedHashMap<>();
        properties.put("capabilities", capabilities);
        properties.put("cluster_name", "polylog");
        properties.put("platform", "Java");
        properties.put("product", "Polylog");
        properties.put("version", "0.1.0");
        return properties;
    }

    void frame(int number, AmqpFrame frame) {
        try {
            if (number != 0 || !(frame instanceof OnConnection method)) {
                if (frame instanceof Heartbeat) {
                    return;
                }
                throw unexpected();
            }
            method(method);
        } catch (AmqpException e) {
            connection.fail(e, frame instanceof FromClient m ? MethodReader.idOf(m) : 0);
        }
    }

    private void method(OnConnection method) {
        switch (method) {
            case ConnectionStartOk m when step == Step.START_OK -> connectionStartOk(m);
            case ConnectionTuneOk m when step == Step.TUNE_OK -> connectionTuneOk(m);
            case ConnectionOpen m when step == Step.OPEN -> connectionOpen(m);
            case ConnectionClose m -> {
                reply(new ConnectionCloseOk());
                connection.refuse(new byte[0]);
            }
            default -> throw unexpected();
        }
    }

    private AmqpException unexpected() {
        return AmqpException.onConnection(
                ReplyCode.COMMAND_INVALID, "unexpected frame during the handshake: " + step);
    }

    private void reply(FromBroker method) {
        AmqpWriter.method(connection.output().buffer(), 0, method);
    }

    // Log-in -------------------------------------------------------------------------------------

    private void connectionStartOk(ConnectionStartOk method) {
        if (method.properties().get("capabilities") instanceof Map<?, ?> stated) {
            Map<String, @Nullable Object> capabilities = new LinkedHashMap<>();
            stated.forEach((name, value) -> capabilities.put(String.valueOf(name), value));
            clientCapabilities = capabilities;
        }
        if (method.properties().get("connection_name") instanceof String name) {
            clientName = name;
        }
        Credentials credentials =
                switch (method.mechanism()) {
                    case "PLAIN" -> plain(method.response());
                    case "AMQPLAIN" -> amqplain(method.response());
                    default ->
                            throw AmqpException.of(
                                    ReplyCode.COMMAND_INVALID,
                                    "unknown authentication mechanism '"
                                            + method.mechanism()
                                            + "'");
                };
        if (credentials == null) {
            refuse(method.mechanism());
            return;
        }
        step = Step.AUTHENTICATING;
        user = credentials.user();
        connection
                .seams()
                .authenticator()
                .byPassword(user, credentials.password())
                .exceptionally(failed -> Optional.empty())
                .thenAccept(found ->
                        connection.tasks().post(() -> authenticated(found, method.mechanism())));
    }

    private record Credentials(String user, byte[] password) {}

    /// RFC 4616: authorisation identity (unused), name and password, each after a zero octet.
    private static @Nullable Credentials plain(byte[] response) {
        int first = indexOfZero(response, 0);
        int second = first < 0 ? -1 : indexOfZero(response, first + 1);
        if (second < 0) {
            return null;
        }
        String name = new String(response, first + 1, second - first - 1, UTF_8);
        return new Credentials(
                name, java.util.Arrays.copyOfRange(response, second + 1, response.length));
    }

    private static int indexOfZero(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    /// A field table without its length.
    private static @Nullable Credentials amqplain(byte[] response) {
        Map<String, @Nullable Object> table;
        try {
            table = FieldTable.readBare(Unpooled.wrappedBuffer(response));
        } catch (IndexOutOfBoundsException cutShort) {
            return null;
        }
        byte[] password = AmqpMapping.key(table.get("PASSWORD"));
        return table.get("LOGIN") instanceof String login && password != null
                ? new Credentials(login, password)
                : null;
    }

    private void authenticated(Optional<Principal> found, String mechanism) {
        if (step != Step.AUTHENTICATING) {
            return;
        }
        if (found.isEmpty()) {
            refuse(mechanism);
            return;
        }
        principal = found.get();
        step = Step.TUNE_OK;
        AmqpSettings settings = connection.seams().settings();
        reply(
                new ConnectionTune(
                        settings.channelMax(), settings.frameMax(), settings.heartbeatSeconds()));
    }

    /// Says so to a client that understands; another is cut off, as it was before RabbitMQ 3.2.
    private void refuse(String mechanism) {
        log.warn(
                "{}: login of '{}' refused",
                connection.client(),
                user.replaceAll("\\p{Cntrl}", "?"));
        if (has("authentication_failure_close")) {
            connection.fail(
                    AmqpException.onConnection(
                            ReplyCode.ACCESS_REFUSED,
                            "Login was refused using authentication mechanism "
                                    + mechanism
                                    + ". For details see the broker logfile."),
                    0);
        } else {
            connection.refuse(new byte[0]);
        }
    }

    private boolean has(String capability) {
        return Boolean.TRUE.equals(clientCapabilities.get(capability));
    }

    // Tuning -------------------------------------------------------------------------------------

    private void connectionTuneOk(ConnectionTuneOk method) {
        AmqpSettings settings = connection.seams().settings();
        long frameMax = method.frameMax() == 0 ? settings.frameMax() : method.frameMax();
        if (frameMax < AmqpSettings.LEAST_FRAME_MAX) {
            throw negotiated("frame_max", frameMax, "lower", "minimum", 4096);
        }
        if (frameMax > settings.frameMax()) {
            throw negotiated("frame_max", frameMax, "higher", "maximum", settings.frameMax());
        }
        int channelMax = method.channelMax() == 0 ? settings.channelMax() : method.channelMax();
        if (channelMax > settings.channelMax()) {
            throw negotiated("channel_max", channelMax, "higher", "maximum", settings.channelMax());
        }
        tuned = new ConnectionTuneOk(channelMax, frameMax, method.heartbeatSeconds());
        connection.frameMax((int) frameMax);
        step = Step.OPEN;
    }

    private static AmqpException negotiated(
            String what, long value, String comparison, String limit, int bound) {
        return AmqpException.of(
                ReplyCode.NOT_ALLOWED,
                "negotiated %s = %d is %s than the %s allowed value (%d)"
                        .formatted(what, value, comparison, limit, bound));
    }

    // Virtual host -------------------------------------------------------------------------------

    private void connectionOpen(ConnectionOpen method) {
        String virtualHost = method.virtualHost();
        var broker = connection.seams().broker();
        if (!broker.definitions().namespaceExists(virtualHost)) {
            throw AmqpException.of(ReplyCode.NOT_ALLOWED, "vhost " + virtualHost + " not found");
        }
        step = Step.OPENING;
        Session session =
                broker.session(
                        java.util.Objects.requireNonNull(principal),
                        Mailbox.of(connection.tasks()));
        connection
                .context()
                .channel()
                .closeFuture()
                .addListener(closed -> connection.close(session));
        declareExchanges(session, virtualHost)
                .whenComplete((done, failed) -> opened(session, virtualHost, failed));
    }

    /// The exchanges that every virtual host has, made by the first who comes.
    private static CompletableFuture<Void> declareExchanges(Session session, String virtualHost) {
        Definitions definitions = session.definitions();
        return CompletableFuture.allOf(
                ExchangeMethods.predeclared(virtualHost).stream()
                        .filter(e -> definitions.exchange(virtualHost, e.name()) == null)
                        .map(e -> session.declareExchange(e).toCompletableFuture())
                        .toArray(CompletableFuture[]::new));
    }

    private void opened(Session session, String virtualHost, @Nullable Throwable failed) {
        ConnectionTuneOk terms = java.util.Objects.requireNonNull(tuned);
        if (failed != null) {
            session.close();
            connection.fail(
                    AmqpException.of(ReplyCode.INTERNAL_ERROR, "vhost is not usable"), 0x000A0028);
            return;
        }
        if (!connection.context().channel().isActive()) {
            return;
        }
        connection.opened(
                session,
                new OpenConnection.Terms(
                        user,
                        virtualHost,
                        (int) terms.frameMax(),
                        terms.channelMax(),
                        has("consumer_cancel_notify"),
                        has("connection.blocked")),
                terms.heartbeatSeconds(),
                clientName);
    }
}
