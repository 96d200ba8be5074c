package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// The next message of a stream whose messages can be removed stands at an offset, or beyond: those
/// between are as if they had been removed.
///
/// @param stream its id
/// @param to the offset; one command goes no further than [#MOST]
public record SkipCommand(long stream, long to) {
    public static final int TYPE = 37;

    /// Offsets that one command skips at most: each few thousand take some memory while there are
    /// messages before them.
    public static final long MOST = 1 << 20;

    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).number(to);
    }

    public static SkipCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "skip");
        HeadReader in = new HeadReader(head);
        return new SkipCommand(in.number(), in.number());
    }
}
