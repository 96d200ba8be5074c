package io.polylog.broker.command;

import io.polylog.broker.Publication.Content;
import java.nio.ByteBuffer;

/// A message that moves from one stream to others, of any shard: taken once however often it is
/// proposed. The head names the source and the message's number there, and goes on as that of a
/// [PublishCommand].
public final class TransferCommand {
    public static final int TYPE = 15;

    /// Streams one command may name: its head also holds a trail.
    public static final int MAX_STREAMS = 1_000;

    private static final int VERSION = 1;

    private TransferCommand() {}

    /// Writes what comes before the publish head.
    ///
    /// @param source stream it comes from
    /// @param number of the message among those that the source sends to this shard; it only grows
    public static void encode(HeadWriter out, long source, long number) {
        out.octet(VERSION).number(source).number(number);
    }

    /// Where it comes from.
    ///
    /// @param source the stream
    /// @param number the message's number there
    public record Sender(long source, long number) {}

    /// Moves the head to the publish head.
    public static Sender sender(ByteBuffer head) {
        HeadReader.version(head, VERSION, "transfer");
        return new Sender(HeadReader.number(head), HeadReader.number(head));
    }

    /// What was moved.
    public static Content content(ByteBuffer head, ByteBuffer payload) {
        sender(head);
        return PublishCommand.content(head, payload);
    }
}
