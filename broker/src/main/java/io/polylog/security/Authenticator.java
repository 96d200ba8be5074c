package io.polylog.security;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Decides who a connection acts for. Any thread; answers on any thread.
@FunctionalInterface
public interface Authenticator {
    /// Everybody is who he says he is: while listeners are open on loopback.
    Authenticator OPEN =
            (user, password) -> CompletableFuture.completedFuture(Optional.of(new Principal(user)));

    /// Checks a name and its password; empty when they are refused.
    ///
    /// @param password as sent, UTF-8 where the protocol says nothing else
    CompletionStage<Optional<Principal>> byPassword(String user, byte[] password);
}
