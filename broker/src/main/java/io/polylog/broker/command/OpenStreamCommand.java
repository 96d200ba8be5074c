package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.List;

/// Opens an empty stream; no effect on one that is open.
///
/// @param stream its id, never used before
/// @param keeps what it keeps
public record OpenStreamCommand(long stream, Keeps keeps) {
    public static final int TYPE = 5;
    private static final int VERSION = 1;

    /// What a stream keeps. The order is the log's: add at the end only.
    public enum Keeps {
        /// All that is not trimmed.
        ALL,
        /// A queue: it gets its own subscription and keeps a message until every subscription has
        /// settled it.
        UNTIL_SETTLED,
        /// The newest record of each key that its one writer stages.
        NEWEST_STAGED,
        /// All but what [CompactCommand] finds superseded.
        COMPACTED;

        private static final List<Keeps> LISTED = List.of(values());
    }

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream);
        encode(out, keeps);
    }

    /// Inside a cell.
    public static void encode(HeadWriter out, Keeps keeps) {
        out.octet(Keeps.LISTED.indexOf(keeps));
    }

    /// Takes back what [#encode(HeadWriter, Keeps)] wrote.
    public static Keeps keeps(HeadReader in) {
        return Keeps.LISTED.get(in.octet());
    }

    public static OpenStreamCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "open stream");
        HeadReader in = new HeadReader(head);
        return new OpenStreamCommand(in.number(), keeps(in));
    }
}
