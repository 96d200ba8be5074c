package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Removes the oldest records of a stream, whoever has not read them.
///
/// @param stream its id
/// @param start the oldest offset kept from now on
public record TrimCommand(long stream, long start) {
    public static final int TYPE = 9;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).number(start);
    }

    public static TrimCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "trim");
        HeadReader in = new HeadReader(head);
        return new TrimCommand(in.number(), in.number());
    }
}
