package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Removes the messages of a part of a stream whose subjects fit one of some patterns. The proposer
/// takes one part after the other, so that none takes long.
///
/// @param stream its id
/// @param patterns of dot-separated words, as a topic exchange has them
/// @param from the first offset
/// @param end one past the last
public record PurgeCommand(long stream, List<String> patterns, long from, long end) {
    public static final int TYPE = 36;

    /// Offsets to look at in one.
    public static final int MOST = 16 * 1024;

    private static final int VERSION = 1;

    public PurgeCommand {
        patterns = List.copyOf(patterns);
    }

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).number(from).number(end).number(patterns.size());
        patterns.forEach(out::text);
    }

    public static PurgeCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "purge");
        HeadReader in = new HeadReader(head);
        long stream = in.number();
        long from = in.number();
        long end = in.number();
        List<String> patterns = new ArrayList<>();
        for (int left = in.integer(); left > 0; left--) {
            patterns.add(in.text());
        }
        return new PurgeCommand(stream, patterns, from, end);
    }
}
