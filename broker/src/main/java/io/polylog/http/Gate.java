package io.polylog.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Tells who asks over HTTP. Without users everybody on this machine may ask, but no page that a
/// browser shows, unless its origin is listed: one from elsewhere could ask in its visitor's name.
/// Any thread.
final class Gate {
    private static final String BASIC = "Basic ";
    private static final Pattern PORT = Pattern.compile(":[0-9]+$");
    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

    private Gate() {}

    /// Nobody, or somebody unknown.
    static final class LoginNeeded extends RuntimeException {
        private static final long serialVersionUID = 1L;

        LoginNeeded() {
            super("a user and its password are needed", null, false, false);
        }
    }

    /// Refuses pages of other origins, and, where there are no users, who does not ask by address:
    /// a page's own origin may be a name that leads here.
    ///
    /// @throws BrokerException DENIED
    static void requireNear(Request request, boolean hasUsers, Origins origins) {
        String origin = request.header("Origin");
        if (!origins.allow(origin)) {
            throw new BrokerException(
                    Kind.DENIED,
                    "not for pages of a browser from " + origin + ": http.origins has not got it");
        }
        String host = request.header("Host");
        if (!hasUsers && !isAddress(host == null ? "" : host)) {
            throw new BrokerException(Kind.DENIED, "ask by address or as localhost, not " + host);
        }
    }

    /// Who asks; empty where nobody knows.
    ///
    /// @throws LoginNeeded where nothing is said
    static CompletionStage<Optional<Principal>> principal(
            Request request, @Nullable Authenticator users) {
        return users == null
                ? CompletableFuture.completedFuture(Optional.of(Principal.ANONYMOUS))
                : byPassword(request, users);
    }

    /// A name could be anybody's that leads here.
    private static boolean isAddress(String host) {
        String name = PORT.matcher(host).replaceFirst("");
        return name.equals("localhost") || name.startsWith("[") || NUMBERS.matcher(name).matches();
    }

    private static CompletionStage<Optional<Principal>> byPassword(
            Request request, Authenticator users) {
        String said = request.header("Authorization");
        if (said == null || !said.startsWith(BASIC)) {
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
        return users.byPassword(pair.substring(0, colon), password);
    }
}
