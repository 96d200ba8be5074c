package io.polylog.broker.shard;

/// Hears what a shard that leads cannot do alone, because it takes a clock, or other shards. On the
/// shard's thread.
public interface Watch {
    /// Another message of a subscription is the first to expire.
    void headChanged(long subscription);

    /// Hidden messages become due.
    ///
    /// @param atMs when to look, in milliseconds since 1970: the first is not due before
    void due(long atMs);

    /// A stream has something to send elsewhere. Said again with each of its commits while that is
    /// so.
    void sends(long stream);

    /// Messages of a subscription with a filter came that nobody takes. Where a stream has few
    /// subscriptions it is said again with each of its commits while that is so; else once, until
    /// [Sifting#unsifted] has given all of them.
    void sifts(long subscription);

    /// Filters of a subscription's consumers have to look at more of what waits. Said again with
    /// each commit of its stream while that is so.
    void looks(long subscription);
}
