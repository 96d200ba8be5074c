package io.polylog.broker.command;

import io.polylog.broker.TopicSpec;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Makes a topic or queue where there is none of that name.
///
/// @param spec how it is asked for
/// @param id drawn by the proposer
/// @param owner session an exclusive one belongs to, or 0
/// @param shards data shards to spread its partitions over
/// @param replaces the provisional topic that gives way, when it still has the name; or null
public record DeclareTopicCommand(
        TopicSpec spec, UUID id, long owner, int shards, @Nullable UUID replaces) {
    public static final int TYPE = 101;

    /// Version 1 has no policy, version 2 no removal of single messages, version 3 nothing refused
    /// of a subject, nor kept as subscriptions say, nor begun later; each but the first is written
    /// where it is enough.
    private static final int VERSION = 4;

    public void encode(HeadWriter out) {
        out.octet(2 + Specs.level(spec));
        Specs.encode(out, spec);
        Specs.encode(out, id);
        out.number(owner).number(shards).flag(replaces != null);
        if (replaces != null) {
            Specs.encode(out, replaces);
        }
    }

    public static DeclareTopicCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "declare topic");
        HeadReader in = new HeadReader(head);
        return new DeclareTopicCommand(
                Specs.topicSpec(in),
                Specs.id(in),
                in.number(),
                in.integer(),
                in.flag() ? Specs.id(in) : null);
    }
}
