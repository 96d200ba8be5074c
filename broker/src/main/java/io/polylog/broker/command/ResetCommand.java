package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Owes a named subscription again what it has settled.
///
/// @param stream the stream's id
/// @param name the subscription's name
/// @param from the first offset it is owed again; what lies before stays as it is
public record ResetCommand(long stream, String name, long from) {
    public static final int TYPE = 32;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).text(name).number(from);
    }

    public static ResetCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "reset");
        HeadReader in = new HeadReader(head);
        return new ResetCommand(in.number(), in.text(), in.number());
    }
}
