package io.polylog.broker;

/// What a named subscription is made for.
///
/// @param filter which messages it wants
/// @param messageMs how long one may wait for its consumers, in milliseconds; -1 for as long as the
///   message says, or the topic keeps it
/// @param retryLimit how often a message may come back: it leaves the subscription, as EXHAUSTED,
///   when it comes back once more; -1 for ever
/// @param ackTimeoutMs how long a delivery may stay unsettled where its consumer does not say
///   ([DeliveryListener#ackTimeoutMs]); -1 for as long as the topic says
/// @param note what its maker keeps with it, for nobody but him to read; "" for nothing
public record Interest(
        Filter filter, long messageMs, int retryLimit, long ackTimeoutMs, String note) {
    /// The longest note, in characters.
    public static final int MOST_NOTE_CHARS = 256 << 10;

    /// Everything, for ever.
    public static final Interest ALL = new Interest(Filter.NONE, -1);

    /// Of messages that may come back for ever.
    public Interest(Filter filter, long messageMs) {
        this(filter, messageMs, -1, -1, "");
    }

    /// For as long as the topic keeps it.
    public static Interest in(Filter filter) {
        return new Interest(filter, -1);
    }

    /// The same with other rules of handling.
    public Interest handled(int limit, long timeoutMs) {
        return new Interest(filter, messageMs, limit, timeoutMs, note);
    }

    /// The same with a note.
    public Interest noted(String text) {
        return new Interest(filter, messageMs, retryLimit, ackTimeoutMs, text);
    }

    /// Whether it wants all messages, as they are, for as long as they are there.
    public boolean isWide() {
        return filter.isPlain() && messageMs < 0;
    }

    /// Whether it has rules of its own for what is delivered.
    public boolean isHandled() {
        return retryLimit >= 0 || ackTimeoutMs >= 0;
    }

    /// Whether it leaves out nothing, and there is nothing else to say.
    public boolean isAll() {
        return isWide() && !isHandled() && note.isEmpty();
    }
}
