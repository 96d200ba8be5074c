package io.polylog.broker.live;

import io.polylog.broker.Mailbox;
import java.util.List;

/// Who hears a message, as it was at one version of the [LiveTable]: by loop who hears every one,
/// and the groups whose members hear one after the other. Any thread.
public final class Audience {
    private final long version;
    private final List<Seats> seats;
    private final List<Group> groups;

    /// Those on one loop.
    record Seats(Mailbox loop, List<Listening> listening) {}

    /// Those who share what fits a pattern, at least one. Two threads at a time give some member a
    /// turn more, nothing worse.
    static final class Group {
        private final List<Listening> members;
        private int turn;

        /// @param start of whom to begin with, any number
        Group(List<Listening> members, int start) {
            this.members = members;
            turn = start;
        }

        /// Whose turn it is.
        Listening next() {
            return members.get(Math.floorMod(turn++, members.size()));
        }
    }

    Audience(long version, List<Seats> seats, List<Group> groups) {
        this.version = version;
        this.seats = seats;
        this.groups = groups;
    }

    /// The version of the table it was taken from.
    public long version() {
        return version;
    }

    public boolean isEmpty() {
        return seats.isEmpty() && groups.isEmpty();
    }

    List<Seats> seats() {
        return seats;
    }

    List<Group> groups() {
        return groups;
    }
}
