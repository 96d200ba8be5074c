package io.polylog.protocol.nats.jetstream.consumers;

/// Which of many acknowledgements stand for all: evenly as many of a hundred as are wanted. One
/// thread.
public final class AckSamples {
    private static final int ALL_PERCENT = 100;

    /// What those before add up to.
    private int gathered;

    /// Whether this one does.
    boolean next(int percent) {
        gathered += percent;
        boolean full = gathered >= ALL_PERCENT;
        gathered %= ALL_PERCENT;
        return full;
    }
}
