package io.polylog.security;

/// The one gate: asked for every operation of every protocol before it has any effect. Any thread.
@FunctionalInterface
public interface Permissions {
    /// Everybody may do everything: a broker without users.
    Permissions ALL = (principal, operation, namespace, name) -> true;

    /// Whether somebody may do something.
    ///
    /// @param name of the topic, queue or exchange
    boolean allow(Principal principal, Operation operation, String namespace, String name);
}
