package io.polylog.protocol.amqp091;

import io.netty.channel.Channel;
import java.util.EnumSet;
import java.util.Set;

/// Whether a connection's socket is read: not while any reason stands against it. On the
/// connection's loop.
final class ReadGate {
    /// Why a socket is not read for a while.
    enum Reason {
        /// Publishes that a commit will decide.
        UNDECIDED_PUBLISHES,
        /// Requests that wait for an earlier one of their channel.
        WAITING_REQUESTS,
        /// Answers that the client does not read.
        UNREAD_ANSWERS
    }

    private final Channel channel;
    private final Set<Reason> reasons = EnumSet.noneOf(Reason.class);

    ReadGate(Channel channel) {
        this.channel = channel;
    }

    void set(Reason reason, boolean stands) {
        boolean changed = stands ? reasons.add(reason) : reasons.remove(reason);
        if (changed) {
            channel.config().setAutoRead(reasons.isEmpty());
        }
    }

    boolean closed() {
        return !reasons.isEmpty();
    }
}
