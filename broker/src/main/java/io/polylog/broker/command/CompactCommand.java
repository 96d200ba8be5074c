package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Removes records of a compacted stream that newer ones of their keys supersede.
///
/// @param stream its id
/// @param spans which offsets, in order
/// @param cleanTo from the stream's start up to here nothing is left that a record below
///   supersedes; 0 to leave that as it was
public record CompactCommand(long stream, List<Span> spans, long cleanTo) {
    public static final int TYPE = 13;

    /// Spans one command may carry, so that its head stays below 64 KiB.
    public static final int MAX_SPANS = 3_000;

    private static final int VERSION = 1;

    public CompactCommand {
        spans = List.copyOf(spans);
    }

    /// Offsets that follow each other.
    ///
    /// @param first the first
    /// @param end one past the last
    public record Span(long first, long end) {}

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).number(cleanTo);
        encode(out, spans);
    }

    static void encode(HeadWriter out, List<Span> spans) {
        out.number(spans.size());
        long previous = 0;
        for (Span span : spans) {
            out.number(span.first - previous).number(span.end - span.first);
            previous = span.end;
        }
    }

    public static CompactCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "compact");
        HeadReader in = new HeadReader(head);
        long stream = in.number();
        long cleanTo = in.number();
        return new CompactCommand(stream, spans(in), cleanTo);
    }

    /// Takes back what [#encode(HeadWriter,List)] wrote.
    static List<Span> spans(HeadReader in) {
        int count = in.integer();
        List<Span> spans = new ArrayList<>(count);
        long previous = 0;
        for (int i = 0; i < count; i++) {
            long first = previous + in.number();
            previous = first + in.number();
            spans.add(new Span(first, previous));
        }
        return spans;
    }
}
