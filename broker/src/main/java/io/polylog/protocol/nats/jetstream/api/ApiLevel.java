package io.polylog.protocol.nats.jetstream.api;

import io.polylog.protocol.nats.NatsProtocol;
import org.jspecify.annotations.Nullable;

/// What a request requires of the server (nats-server's ADR-44). Stateless; any thread.
public final class ApiLevel {
    /// The header that says which level of the API is needed.
    public static final String HEADER = "Nats-Required-Api-Level";

    /// The status for who is not answered with JSON.
    public static final String STATUS = "412 Required Api Level";

    private ApiLevel() {}

    /// Whether it is more than there is, or no level.
    ///
    /// @param said by the header, or null
    public static boolean isTooHigh(@Nullable String said) {
        if (said == null || said.isEmpty()) {
            return false;
        }
        try {
            return Integer.parseInt(said) > NatsProtocol.API_LEVEL;
        } catch (NumberFormatException none) {
            return true;
        }
    }
}
