package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Opens an empty stream; no effect on one that is open.
///
/// @param stream its id, never used before
/// @param untilSettled whether it is a queue: it gets its own subscription and keeps a message
///   until every subscription has settled it
/// @param newestPerKey whether only the newest record of a key is owed
public record OpenStreamCommand(long stream, boolean untilSettled, boolean newestPerKey) {
    public static final int TYPE = 5;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).flag(untilSettled).flag(newestPerKey);
    }

    public static OpenStreamCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "open stream");
        HeadReader in = new HeadReader(head);
        return new OpenStreamCommand(in.number(), in.flag(), in.flag());
    }
}
