package io.polylog.protocol.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.ExchangeSpec;
import io.polylog.broker.ExchangeSpec.Kind;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Session;
import io.polylog.net.ConnectionInfo.Peer;
import io.polylog.protocol.mqtt.Claims.Claim;
import io.polylog.protocol.mqtt.MqttFrame.Connect;
import io.polylog.security.Account;
import io.polylog.security.Principal;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From the first byte to CONNACK: who is there, in which namespace, and alone. On the connection's
/// loop.
final class Handshake {
    private static final Logger log = LoggerFactory.getLogger(Handshake.class);

    /// So that the names of its queues fit.
    private static final int MOST_CLIENT_ID_BYTES = 200;

    private final MqttConnection connection;
    private @Nullable Connect connect;
    private @Nullable Claim claim;

    Handshake(MqttConnection connection) {
        this.connection = connection;
    }

    /// Whether CONNECT has come.
    boolean begun() {
        return connect != null;
    }

    void frame(MqttFrame frame) {
        if (!(frame instanceof Connect first)) {
            throw MqttException.protocol("the first packet is not CONNECT");
        }
        connect = first;
        if (first.properties().find(Properties.AUTHENTICATION_METHOD) != null) {
            throw new MqttException(
                    ReasonCode.BAD_AUTHENTICATION_METHOD, "no enhanced authentication here");
        }
        connection.pause();
        Account account = Account.of(first.user());
        connection
                .node()
                .seams()
                .authenticator()
                .byPassword(account.user(), first.password())
                .exceptionally(_ -> Optional.empty())
                .thenAccept(found -> connection.tasks().post(() -> authenticated(account, found)));
    }

    private void authenticated(Account account, Optional<Principal> found) {
        if (connection.isEnded()) {
            return;
        }
        try {
            if (found.isEmpty()) {
                log.warn(
                        "{}: login of '{}' refused",
                        connection.client(),
                        account.user().replaceAll("\\p{Cntrl}", "?"));
                throw new MqttException(
                        ReasonCode.BAD_USER_OR_PASSWORD, "bad user name or password");
            }
            claim(account, found.get());
        } catch (MqttException refused) {
            connection.fail(refused);
        }
    }

    private void claim(Account account, Principal principal) {
        var broker = connection.node().seams().broker();
        if (!broker.definitions().namespaceExists(account.namespace())) {
            throw new MqttException(
                    ReasonCode.NOT_AUTHORIZED, "no namespace " + account.namespace());
        }
        ClientKey key = new ClientKey(account.namespace(), clientId());
        claim =
                connection
                        .node()
                        .claims()
                        .claim(
                                key,
                                () -> connection.tasks().post(this::takenOver),
                                () -> connection.tasks().post(() -> granted(principal)));
    }

    /// Another connection comes with the same client id.
    private void takenOver() {
        connection.fail(
                new MqttException(ReasonCode.SESSION_TAKEN_OVER, "another connection took over"));
    }

    private String clientId() {
        Connect asked = asked();
        String id = asked.clientId();
        if (id.isEmpty() && (asked.version() != MqttFrame.V5 && !asked.cleanStart())) {
            throw new MqttException(
                    ReasonCode.CLIENT_ID_NOT_VALID, "a session to be kept needs a client id");
        }
        if (id.getBytes(UTF_8).length > MOST_CLIENT_ID_BYTES) {
            throw new MqttException(
                    ReasonCode.CLIENT_ID_NOT_VALID,
                    "a client id of more than " + MOST_CLIENT_ID_BYTES + " bytes");
        }
        return id.isEmpty() ? connection.node().seams().uniqueNames().get() : id;
    }

    private Connect asked() {
        return Objects.requireNonNull(connect);
    }

    private void granted(Principal principal) {
        Claim mine = Objects.requireNonNull(claim);
        if (connection.isEnded()) {
            mine.release();
            return;
        }
        // What the session needs to itself is the broker's; what the client may, is looked at
        // beside.
        Principal owner = new Principal(principal.name(), true);
        Session core =
                connection.node().seams().broker().session(owner, Mailbox.of(connection.tasks()));
        ClientSession session = new ClientSession(connection, core, mine, asked(), principal);
        subjects(core, mine.key().namespace())
                .thenCompose(_ -> session.begin())
                .whenComplete((present, failed) -> {
                    if (connection.isEnded()) {
                        session.abandon();
                    } else if (failed != null) {
                        session.abandon();
                        connection.broken(failed);
                    } else {
                        accepted(session, principal, present);
                    }
                });
    }

    /// The subject space of a namespace, made by the first who comes.
    private static CompletionStage<@Nullable Void> subjects(Session core, String namespace) {
        String exchange = core.definitions().subjectExchange();
        return core.definitions().exchange(namespace, exchange) != null
                ? Stages.DONE
                : Stages.end(
                        core.declareExchange(
                                ExchangeSpec.durable(namespace, exchange, Kind.TOPIC)));
    }

    private void accepted(ClientSession session, Principal principal, boolean present) {
        Connect asked = asked();
        MqttSettings settings = connection.node().settings();
        boolean v5 = asked.version() == MqttFrame.V5;
        int keepAlive = asked.keepAliveSeconds();
        Properties answer = new Properties();
        if (v5 && keepAlive > settings.keepAliveSeconds()) {
            keepAlive = settings.keepAliveSeconds();
            answer.with(Properties.SERVER_KEEP_ALIVE, keepAlive);
        }
        if (asked.clientId().isEmpty()) {
            answer.with(Properties.ASSIGNED_CLIENT_ID, session.key().clientId());
        }
        answer.with(Properties.RECEIVE_MAXIMUM, settings.receiveMaximum())
                .with(Properties.MAXIMUM_PACKET_SIZE, settings.packetBytes())
                .with(Properties.TOPIC_ALIAS_MAXIMUM, settings.topicAliases());
        MqttWriter.connack(
                connection.output().buffer(),
                asked.version(),
                present && asked.version() != MqttFrame.V31,
                ReasonCode.SUCCESS,
                answer);
        connection.opened(
                session,
                new Peer(principal.name(), session.key().namespace(), session.key().clientId()),
                keepAlive);
        session.opened();
        connection.proceed();
    }

    /// Answers CONNECT with an error, where there was one.
    void refuse(MqttException error) {
        Connect asked = connect;
        boolean answers =
                asked != null
                        || error.code == ReasonCode.UNSUPPORTED_VERSION
                        || error.code == ReasonCode.CLIENT_ID_NOT_VALID;
        if (answers) {
            int version = asked == null ? connection.version() : asked.version();
            Properties why = new Properties().with(Properties.REASON_STRING, error.text());
            MqttWriter.connack(connection.output().buffer(), version, false, error.code, why);
        }
    }
}
