package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Drops a stream with its subscriptions and records; no effect where there is none. Proposed only
/// when no definition names the stream any more: a defined topic without a stream is one whose
/// streams were never opened.
///
/// @param stream its id
public record DropStreamCommand(long stream) {
    public static final int TYPE = 6;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream);
    }

    public static DropStreamCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "drop stream");
        return new DropStreamCommand(HeadReader.number(head));
    }
}
