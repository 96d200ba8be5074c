package io.polylog.security;

/// Who a connection acts for.
///
/// @param name the user's name, for people and for permission checks
/// @param internal whether it is the broker itself, which may do everything
public record Principal(String name, boolean internal) {
    /// The broker itself: what it does for nobody in particular.
    public static final Principal BROKER = new Principal("broker", true);

    /// Everybody, while listeners are open on loopback.
    public static final Principal ANONYMOUS = new Principal("anonymous");

    /// A user.
    public Principal(String name) {
        this(name, false);
    }
}
