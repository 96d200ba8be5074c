package io.polylog.broker.live;

import io.polylog.broker.Mailbox;
import java.util.List;

/// Who hears a message, by loop, as it was at one version of the [LiveTable]. Any thread.
public final class Audience {
    private final long version;
    private final List<Seats> seats;

    /// Those on one loop.
    record Seats(Mailbox loop, List<Listening> listening) {}

    Audience(long version, List<Seats> seats) {
        this.version = version;
        this.seats = seats;
    }

    /// The version of the table it was taken from.
    public long version() {
        return version;
    }

    public boolean isEmpty() {
        return seats.isEmpty();
    }

    List<Seats> seats() {
        return seats;
    }
}
