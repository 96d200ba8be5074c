package io.polylog.broker.command;

import io.polylog.broker.QueuePolicy;
import java.nio.ByteBuffer;
import java.util.List;

/// Opens an empty stream; of one that is open, changes the policy.
///
/// @param stream its id, never used before
/// @param keeps what it keeps; of an open one it stays what it was
/// @param policy what it does with messages from now on
/// @param perSubject how many of the newest of each subject stay from now on, -1 for all
public record OpenStreamCommand(long stream, Keeps keeps, QueuePolicy policy, long perSubject) {
    public static final int TYPE = 5;

    /// Version 1 has no policy, version 2 no [Keeps#REMOVABLE], nor what such a stream keeps of
    /// each subject; it is written where that is enough.
    private static final int VERSION = 3;

    /// One that keeps any number of each subject.
    public OpenStreamCommand(long stream, Keeps keeps, QueuePolicy policy) {
        this(stream, keeps, policy, -1);
    }

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
        COMPACTED,
        /// All but what [RemoveCommand] names.
        REMOVABLE;

        private static final List<Keeps> LISTED = List.of(values());
    }

    public void encode(HeadWriter out) {
        out.octet(keeps == Keeps.REMOVABLE ? VERSION : 2).number(stream);
        encode(out, keeps);
        Policies.encode(out, policy);
        if (keeps == Keeps.REMOVABLE) {
            out.signed(perSubject);
        }
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
        int version = HeadReader.version(head, VERSION, "open stream");
        HeadReader in = new HeadReader(head);
        return new OpenStreamCommand(
                in.number(),
                keeps(in),
                version == 1 ? QueuePolicy.NONE : Policies.decode(in),
                version == VERSION ? in.signed() : -1);
    }
}
