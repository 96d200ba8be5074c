package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.broker.Definitions;
import io.polylog.message.TopicName;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// A CONNECT, and what it agrees on.
///
/// @param frame as it came
/// @param version the newest that both speak
/// @param beats of both sides
record Login(StompFrame frame, StompVersion version, HeartBeats.Terms beats) {

    /// Reads one.
    ///
    /// @throws StompException where it is none, or nothing can be agreed on
    static Login of(StompFrame frame) {
        if (!frame.command().equals("CONNECT") && !frame.command().equals("STOMP")) {
            throw new StompException("Illegal command", "You must log in using CONNECT first");
        }
        StompVersion version = StompVersion.common(frame.header("accept-version"));
        if (version == null) {
            throw new StompException(
                    "Version mismatch", "Supported versions are " + StompVersion.ALL);
        }
        return new Login(frame, version, HeartBeats.Terms.of(frame.header("heart-beat", "0,0")));
    }

    /// Asks who it is; answers on any thread.
    CompletionStage<Optional<Principal>> check(Authenticator authenticator) {
        return authenticator.byPassword(user(), frame.header("passcode", "").getBytes(UTF_8));
    }

    private String user() {
        return frame.header("login", Principal.ANONYMOUS.name());
    }

    StompException refused() {
        return new StompException("Bad CONNECT", "Access refused for user '" + user() + "'");
    }

    /// The namespace that `host` names; the default one where there is none of that name.
    String namespace(Definitions definitions) {
        String host = frame.header("host", TopicName.DEFAULT_NAMESPACE);
        return definitions.namespaceExists(host) ? host : TopicName.DEFAULT_NAMESPACE;
    }

    /// The answer, in which nothing is escaped.
    void answer(ByteBuf out, String session) {
        StompWriter.command(out, "CONNECTED");
        StompWriter.header(out, StompVersion.V1_0, "version", version.text);
        StompWriter.header(out, StompVersion.V1_0, "session", session);
        StompWriter.header(out, StompVersion.V1_0, "server", "Polylog");
        StompWriter.header(out, StompVersion.V1_0, "heart-beat", beats.header());
        out.writeByte('\n').writeByte(0);
    }
}
