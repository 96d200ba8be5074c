package io.polylog.security;

/// Who a connection acts for.
///
/// @param name the user's name, for people and for permission checks
public record Principal(String name) {
    /// Everybody, while listeners are open on loopback.
    public static final Principal ANONYMOUS = new Principal("anonymous");
}
