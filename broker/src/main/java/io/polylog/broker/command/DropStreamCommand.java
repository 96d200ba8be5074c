package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Drops a stream with its subscriptions and records; no effect where there is none.
///
/// @param stream its id
/// @param ifEmpty refused when it holds messages
public record DropStreamCommand(long stream, boolean ifEmpty) {
    public static final int TYPE = 6;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).flag(ifEmpty);
    }

    public static DropStreamCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "drop stream");
        HeadReader in = new HeadReader(head);
        return new DropStreamCommand(in.number(), in.flag());
    }
}
