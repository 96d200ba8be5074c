package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Removes a named subscription of a stream.
///
/// @param stream the stream's id
/// @param name the subscription's name
public record DropSubscriptionCommand(long stream, String name) {
    public static final int TYPE = 33;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).text(name);
    }

    public static DropSubscriptionCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "drop subscription");
        HeadReader in = new HeadReader(head);
        return new DropSubscriptionCommand(in.number(), in.text());
    }
}
