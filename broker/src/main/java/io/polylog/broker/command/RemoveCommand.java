package io.polylog.broker.command;

import io.polylog.broker.command.CompactCommand.Span;
import io.polylog.broker.command.TrimCommand.Cause;
import java.nio.ByteBuffer;
import java.util.List;

/// Removes single messages of a stream that allows it, whoever has not read them.
///
/// @param stream its id
/// @param spans which offsets, in order
/// @param cause why; apply does the same for each, but counts them apart
public record RemoveCommand(long stream, List<Span> spans, Cause cause) {
    public static final int TYPE = 34;
    private static final int VERSION = 1;

    /// Spans one command may carry, so that its head stays below 64 KiB.
    public static final int MAX_SPANS = CompactCommand.MAX_SPANS;

    public RemoveCommand {
        spans = List.copyOf(spans);
    }

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream);
        cause.encode(out);
        CompactCommand.encode(out, spans);
    }

    public static RemoveCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "remove");
        HeadReader in = new HeadReader(head);
        long stream = in.number();
        Cause cause = Cause.decode(in);
        return new RemoveCommand(stream, CompactCommand.spans(in), cause);
    }
}
