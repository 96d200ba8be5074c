package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.List;

/// Removes the oldest records of a stream, whoever has not read them; of a queue those only that
/// are settled.
///
/// @param stream its id
/// @param start the oldest offset kept from now on
/// @param cause why; apply does the same for each, but counts them apart
public record TrimCommand(long stream, long start, Cause cause) {
    public static final int TYPE = 9;
    private static final int VERSION = 1;

    /// Why records go. The order is the log's: add at the end only.
    public enum Cause {
        /// Somebody asked for it.
        DELETED,
        /// All that was there was to go.
        PURGED,
        /// Older than their topic keeps them.
        EXPIRED,
        /// More than their topic keeps.
        OVERSIZE;

        private static final List<Cause> ALL = List.of(values());

        void encode(HeadWriter out) {
            out.octet(ALL.indexOf(this));
        }

        static Cause decode(HeadReader in) {
            return ALL.get(in.octet());
        }
    }

    public void encode(HeadWriter out) {
        out.octet(VERSION).number(stream).number(start);
        cause.encode(out);
    }

    public static TrimCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "trim");
        HeadReader in = new HeadReader(head);
        return new TrimCommand(in.number(), in.number(), Cause.decode(in));
    }
}
