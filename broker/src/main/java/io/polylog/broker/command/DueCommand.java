package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Messages of a shard that were hidden until a time become visible.
///
/// @param upToMs the time, in milliseconds since 1970: what is due then or before
public record DueCommand(long upToMs) {
    public static final int TYPE = 17;

    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(upToMs);
    }

    public static DueCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "due");
        return new DueCommand(HeadReader.number(head));
    }
}
