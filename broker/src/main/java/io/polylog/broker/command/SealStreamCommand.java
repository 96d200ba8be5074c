package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// Closes an empty stream to publishers while its removal is decided elsewhere, or opens it to them
/// again; no effect where there is no such stream. Refused when the stream holds messages.
///
/// @param stream its id
/// @param sealed whether it is closed
public record SealStreamCommand(long stream, boolean sealed) {
    public static final int TYPE = 14;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).flag(sealed);
    }

    public static SealStreamCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "seal stream");
        HeadReader in = new HeadReader(head);
        return new SealStreamCommand(in.number(), in.flag());
    }
}
