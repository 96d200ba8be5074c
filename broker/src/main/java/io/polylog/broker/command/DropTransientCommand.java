package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Removes definitions that do not survive a restart: all of them, or those of a session.
///
/// @param owner the session, or 0 for all that is not durable
public record DropTransientCommand(long owner) {
    public static final int TYPE = 108;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(owner);
    }

    public static DropTransientCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "drop transient");
        return new DropTransientCommand(new HeadReader(head).number());
    }
}
