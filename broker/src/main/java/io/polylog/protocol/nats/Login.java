package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.message.TopicName;
import io.polylog.protocol.nats.ConnectOptions.Credentials;
import io.polylog.security.Account;
import io.polylog.security.Authenticator;
import io.polylog.security.Principal;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/// Who wants to log in, and to which namespace: `user`, or `namespace:user`. A token is a user and
/// a password with a colon between them.
record Login(String namespace, String user, String password) {

    static Login of(Credentials said) {
        String token = said.token();
        if (!token.isEmpty() && said.user().isEmpty()) {
            int colon = token.indexOf(':');
            return colon < 0
                    ? new Login(TopicName.DEFAULT_NAMESPACE, token, "")
                    : new Login(
                            TopicName.DEFAULT_NAMESPACE,
                            token.substring(0, colon),
                            token.substring(colon + 1));
        }
        Account account = Account.of(said.user());
        String password = said.user().isEmpty() ? "" : said.password();
        return new Login(account.namespace(), account.user(), password);
    }

    /// Asks who it is; answers on any thread.
    CompletionStage<Optional<Principal>> check(Authenticator authenticator) {
        return authenticator.byPassword(user, password.getBytes(UTF_8));
    }
}
