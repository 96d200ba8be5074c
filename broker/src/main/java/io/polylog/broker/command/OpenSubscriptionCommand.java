package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Makes a named subscription of a stream, from its end on; no effect where it exists.
///
/// @param stream the stream's id
/// @param name the subscription's name
public record OpenSubscriptionCommand(long stream, String name) {
    public static final int TYPE = 7;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).text(name);
    }

    public static OpenSubscriptionCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "open subscription");
        HeadReader in = new HeadReader(head);
        return new OpenSubscriptionCommand(in.number(), in.text());
    }
}
