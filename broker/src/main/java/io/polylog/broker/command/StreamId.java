package io.polylog.broker.command;

/// How ids tell where a thing lives: a stream's id ends with the number of its shard, a
/// subscription's id begins with its stream's. Nothing has to be looked up to find the way.
public final class StreamId {
    /// The number of the shard whose log is memory.
    public static final int MEMORY_SHARD = 255;

    private static final int SHARD_BITS = 8;
    private static final int SUBSCRIPTION_BITS = 16;

    private StreamId() {}

    /// The id of the stream with a serial number.
    public static long of(long serial, int shard) {
        return serial << SHARD_BITS | shard;
    }

    /// The shard a stream lives in.
    public static int shard(long stream) {
        return (int) (stream & ((1 << SHARD_BITS) - 1));
    }

    /// Most subscriptions a stream has at once: more have no id.
    public static final int MOST_SUBSCRIPTIONS = 1 << SUBSCRIPTION_BITS;

    /// The id of a stream's subscription with a serial number: after [#MOST_SUBSCRIPTIONS] they
    /// come round.
    public static long subscription(long stream, long serial) {
        return stream << SUBSCRIPTION_BITS | serial % MOST_SUBSCRIPTIONS;
    }

    /// How often the ids had come round before a serial number was given.
    public static long round(long serial) {
        return serial >>> SUBSCRIPTION_BITS;
    }

    /// The stream of a subscription.
    public static long stream(long subscription) {
        return subscription >>> SUBSCRIPTION_BITS;
    }

    /// The serial number of a subscription in its stream.
    public static int serial(long subscription) {
        return (int) (subscription & ((1 << SUBSCRIPTION_BITS) - 1));
    }
}
