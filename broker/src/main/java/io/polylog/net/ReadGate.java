package io.polylog.net;

import io.netty.channel.Channel;
import java.util.EnumSet;
import java.util.Set;

/// Whether a connection's socket is read: not while any reason stands against it. On the
/// connection's loop.
public final class ReadGate {
    /// Why a socket is not read for a while.
    public enum Reason {
        /// Publishes that a commit will decide.
        UNDECIDED_PUBLISHES,
        /// Requests that wait for an earlier one of their channel.
        WAITING_REQUESTS,
        /// Answers that the client does not read.
        UNREAD_ANSWERS
    }

    private final Channel channel;
    private final Set<Reason> reasons = EnumSet.noneOf(Reason.class);

    public ReadGate(Channel channel) {
        this.channel = channel;
    }

    public void set(Reason reason, boolean stands) {
        boolean changed = stands ? reasons.add(reason) : reasons.remove(reason);
        if (changed) {
            channel.config().setAutoRead(reasons.isEmpty());
        }
    }

    public boolean closed() {
        return !reasons.isEmpty();
    }
}
