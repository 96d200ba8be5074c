package io.polylog.broker.command;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.PerSubject;
import java.nio.ByteBuffer;
import java.util.List;

/// Opens an empty stream; of one that is open, changes the policy.
///
/// @param stream its id, never used before
/// @param keeps what it keeps; of an open one it stays what it was
/// @param policy what it does with messages from now on
/// @param perSubject how many of each subject stay from now on
/// @param ownTime what becomes from now on of messages that say how long they may wait
/// @param kept whether its subscriptions say what stays, from now on
public record OpenStreamCommand(
        long stream,
        Keeps keeps,
        QueuePolicy policy,
        PerSubject perSubject,
        OwnTime ownTime,
        Kept kept) {
    public static final int TYPE = 5;

    /// Version 1 has no policy, version 2 no [Keeps#REMOVABLE], nor what such a stream keeps of
    /// each subject, version 3 nothing that is refused of a subject, kept as subscriptions say, or
    /// begun later, and no own times of messages; each but the first is written where it is enough.
    private static final int VERSION = 4;

    /// Bits of version 4.
    private static final int REFUSES = 1;

    private static final int OWN_TIME = 2;
    private static final int KEPT = 4;

    /// One that keeps any number of each subject.
    public OpenStreamCommand(long stream, Keeps keeps, QueuePolicy policy) {
        this(stream, keeps, policy, PerSubject.ALL, OwnTime.IGNORED, Kept.ALWAYS);
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
        int version = version();
        out.octet(version).number(stream);
        encode(out, keeps);
        Policies.encode(out, policy);
        if (version > 2) {
            out.signed(perSubject.most());
        }
        if (version > 3) {
            boolean heeds = ownTime != OwnTime.IGNORED;
            boolean wanted = kept != Kept.ALWAYS;
            out.octet(
                    (perSubject.refuses() ? REFUSES : 0)
                            | (heeds ? OWN_TIME : 0)
                            | (wanted ? KEPT : 0));
            if (heeds) {
                Specs.encode(out, ownTime);
            }
            if (wanted) {
                Specs.encode(out, kept);
            }
        }
    }

    private int version() {
        boolean newest =
                perSubject.refuses()
                        || ownTime != OwnTime.IGNORED
                        || kept != Kept.ALWAYS
                        || policy.admission().firstOffset() > 0;
        return newest ? VERSION : keeps == Keeps.REMOVABLE ? 3 : 2;
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
        long stream = in.number();
        Keeps keeps = keeps(in);
        QueuePolicy policy = version == 1 ? QueuePolicy.NONE : Policies.decode(in);
        long most = version > 2 ? in.signed() : -1;
        int bits = version > 3 ? in.octet() : 0;
        PerSubject perSubject = new PerSubject(most, (bits & REFUSES) != 0);
        OwnTime ownTime = (bits & OWN_TIME) != 0 ? Specs.ownTime(in) : OwnTime.IGNORED;
        Kept kept = (bits & KEPT) != 0 ? Specs.kept(in) : Kept.ALWAYS;
        return new OpenStreamCommand(stream, keeps, policy, perSubject, ownTime, kept);
    }
}
