package io.polylog.protocol.nats;

import io.polylog.security.Principal;

/// Answers requests on subjects of its own within the adapter: what is published on them goes
/// nowhere else. Any thread.
public interface NatsService {
    /// Whether what is published on a subject is a request to it.
    boolean takes(String subject);

    /// Takes a request, once all that its connection published before is decided.
    void take(Request request);

    /// What somebody asks.
    ///
    /// @param namespace that the connection is in
    /// @param principal who asks; he may write to the subject
    /// @param message with the subject, perhaps a reply subject, headers and payload
    record Request(String namespace, Principal principal, NatsContent message) {}
}
