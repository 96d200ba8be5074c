package io.polylog.broker;

/// What a named subscription is made for.
///
/// @param filter which messages it wants
/// @param messageMs how long one may wait for its consumers, in milliseconds; -1 for as long as the
///   message says, or the topic keeps it
public record Interest(Filter filter, long messageMs) {
    /// Everything, for ever.
    public static final Interest ALL = new Interest(Filter.NONE, -1);

    /// For as long as the topic keeps it.
    public static Interest in(Filter filter) {
        return new Interest(filter, -1);
    }

    /// Whether it leaves out nothing.
    public boolean isAll() {
        return filter.isNone() && messageMs < 0;
    }
}
