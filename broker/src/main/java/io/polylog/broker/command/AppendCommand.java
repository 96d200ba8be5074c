package io.polylog.broker.command;

import io.polylog.broker.Append.ProducerStamp;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A producer's batch for one stream, stored as sent; the command's span is its number of records.
///
/// @param stream where it goes
/// @param encoding tag of the codec that opens the batch
/// @param maxTimestampMs newest record time the sender gave
/// @param producer identity for de-duplication, or null
public record AppendCommand(
        long stream, byte encoding, long maxTimestampMs, @Nullable ProducerStamp producer) {
    public static final int TYPE = 2;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).octet(encoding).signed(maxTimestampMs);
        Stamps.encode(out, producer);
    }

    public static AppendCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "append");
        HeadReader in = new HeadReader(head);
        return new AppendCommand(in.number(), (byte) in.octet(), in.signed(), Stamps.decode(in));
    }

    /// What was appended, as one content.
    public static Content content(ByteBuffer head, ByteBuffer payload) {
        AppendCommand command = decode(head);
        long timestampMs = Math.max(0, command.maxTimestampMs);
        return new Content(command.encoding, new Envelope(timestampMs, -1, -1, null), payload);
    }
}
