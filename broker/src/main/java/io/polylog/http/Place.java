package io.polylog.http;

import io.polylog.broker.Broker;
import io.polylog.security.Authenticator;
import org.jspecify.annotations.Nullable;

/// What requests work with, once the broker is there. Any thread.
public interface Place {
    /// Theirs.
    Broker broker();

    /// Who may log in, or null: everybody from this machine.
    @Nullable Authenticator users();
}
