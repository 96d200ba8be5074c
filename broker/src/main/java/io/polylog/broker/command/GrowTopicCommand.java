package io.polylog.broker.command;

import io.polylog.message.TopicName;
import java.nio.ByteBuffer;

/// Adds partitions to a topic.
///
/// @param name the topic
/// @param total how many it shall have
/// @param shards data shards to spread them over
public record GrowTopicCommand(TopicName name, int total, int shards) {
    public static final int TYPE = 103;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION);
        Specs.encode(out, name);
        out.number(total).number(shards);
    }

    public static GrowTopicCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "grow topic");
        HeadReader in = new HeadReader(head);
        return new GrowTopicCommand(Specs.name(in), in.integer(), in.integer());
    }
}
