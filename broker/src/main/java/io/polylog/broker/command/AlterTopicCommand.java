package io.polylog.broker.command;

import io.polylog.broker.TopicSpec.Retention;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;

/// Changes what a topic keeps and what else is said of it.
///
/// @param id the topic
/// @param retention what it keeps from now on; whether until settled, the newest of a key, or
///   removable cannot change
/// @param arguments all of them, as they are from now on
public record AlterTopicCommand(UUID id, Retention retention, Map<String, String> arguments) {
    public static final int TYPE = 110;

    /// Version 1 has no removal of single messages; it is written where that is enough.
    private static final int VERSION = 2;

    public AlterTopicCommand {
        arguments = Map.copyOf(arguments);
    }

    public void encode(HeadWriter out) {
        out.octet(Specs.isPlain(retention) ? 1 : VERSION);
        Specs.encode(out, id);
        Specs.encode(out, retention);
        Specs.encode(out, arguments);
    }

    public static AlterTopicCommand decode(ByteBuffer head) {
        HeadReader.version(head, VERSION, "alter topic");
        HeadReader in = new HeadReader(head);
        return new AlterTopicCommand(Specs.id(in), Specs.retention(in), Specs.arguments(in));
    }
}
