package io.polylog.broker.command;

import java.nio.ByteBuffer;

/// What a stream had to send elsewhere is there: it need not be kept any longer.
///
/// @param source the stream
/// @param upTo everything below this sequence is there
public record TransferredCommand(long source, long upTo) {
    public static final int TYPE = 16;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(source).number(upTo);
    }

    public static TransferredCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "transferred");
        HeadReader in = new HeadReader(head);
        return new TransferredCommand(in.number(), in.number());
    }
}
