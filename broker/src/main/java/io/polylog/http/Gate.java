package io.polylog.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Tells who asks over HTTP. Without users everybody on this machine may ask, but no page that a
/// browser shows: one from elsewhere could ask in its visitor's name. Any thread.
public final class Gate {
    private static final String BASIC = "Basic ";

    private Gate() {}

    /// Nobody, or somebody unknown.
    public static final class LoginNeeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LoginNeeded() {
            super("a user and its password are needed", null, false, false);
        }
    }

    /// Who asks.
    ///
    /// @throws BrokerException DENIED
    public static Principal principal(ServerRequest request, @Nullable Authenticator users) {
        if (request.headers().first(HeaderNames.ORIGIN).isPresent()) {
            throw new BrokerException(Kind.DENIED, "not for pages of a browser");
        }
        if (users != null) {
            return byPassword(request, users);
        }
        String host = request.headers().first(HeaderNames.HOST).orElse("");
        if (!isAddress(host)) {
            throw new BrokerException(Kind.DENIED, "ask by address or as localhost, not " + host);
        }
        return Principal.ANONYMOUS;
    }

    /// A name could be anybody's that leads here.
    private static boolean isAddress(String host) {
        String name = host.replaceFirst(":[0-9]+$", "");
        return name.equals("localhost") || name.startsWith("[") || name.matches("[0-9.]+");
    }

    private static Principal byPassword(ServerRequest request, Authenticator users) {
        String said = request.headers().first(HeaderNames.AUTHORIZATION).orElse("");
        if (!said.startsWith(BASIC)) {
            throw new LoginNeeded();
        }
        String pair;
        try {
            pair = new String(Base64.getDecoder().decode(said.substring(BASIC.length())), UTF_8);
        } catch (IllegalArgumentException notBase64) {
            throw new LoginNeeded();
        }
        int colon = pair.indexOf(':');
        if (colon < 0) {
            throw new LoginNeeded();
        }
        byte[] password = pair.substring(colon + 1).getBytes(UTF_8);
        Optional<Principal> known =
                users.byPassword(pair.substring(0, colon), password).toCompletableFuture().join();
        return known.orElseThrow(LoginNeeded::new);
    }
}
