package io.polylog.broker.command;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import java.nio.ByteBuffer;

/// Records of the one writer of an internal stream, which predicts their offsets: refused when the
/// prediction is wrong or another epoch has begun.
///
/// @param stream where they go
/// @param epoch the writer works in
/// @param expectedEnd the offset it gave the first of them
public record AppendInternalCommand(long stream, long epoch, long expectedEnd) {
    public static final int TYPE = 11;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).number(epoch).number(expectedEnd);
    }

    public static AppendInternalCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "append internal");
        HeadReader in = new HeadReader(head);
        return new AppendInternalCommand(in.number(), in.number(), in.number());
    }

    /// What was appended; its encoding is its writer's business.
    public static Content content(ByteBuffer payload) {
        return new Content((byte) 0, Envelope.PLAIN, payload);
    }
}
