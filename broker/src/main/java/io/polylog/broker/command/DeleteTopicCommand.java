package io.polylog.broker.command;

import java.nio.ByteBuffer;
import java.util.UUID;

/// Removes a topic or queue and the bindings to it; no effect where it is gone.
///
/// @param id which one
public record DeleteTopicCommand(UUID id) {
    public static final int TYPE = 102;
    private static final int VERSION = 1;

    public void encode(HeadWriter out) {
        out.octet(VERSION);
        Specs.encode(out, id);
    }

    public static DeleteTopicCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "delete topic");
        return new DeleteTopicCommand(Specs.id(new HeadReader(head)));
    }
}
