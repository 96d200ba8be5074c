package io.polylog.broker.command;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicSpec.Retention;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Changes what a topic keeps and what else is said of it.
///
/// @param id the topic
/// @param retention what it keeps from now on; whether until settled, the newest of a key, or
///   removable cannot change
/// @param policy what it does from now on, or null: as it was declared; only limits and the window
///   of ids can change
/// @param arguments all of them, as they are from now on
public record AlterTopicCommand(
        UUID id, Retention retention, @Nullable QueuePolicy policy, Map<String, String> arguments) {
    public static final int TYPE = 110;

    /// Version 1 has no removal of single messages, version 2 no policy, nor anything refused of a
    /// subject or kept as subscriptions say; each is written where it is enough.
    private static final int VERSION = 3;

    public AlterTopicCommand {
        arguments = Map.copyOf(arguments);
    }

    public void encode(HeadWriter out) {
        int version = policy == null ? 1 + Specs.level(retention) : VERSION;
        out.octet(version);
        Specs.encode(out, id);
        Specs.encode(out, retention);
        Specs.encode(out, arguments);
        if (version == VERSION) {
            out.flag(policy != null);
            if (policy != null) {
                Policies.encode(out, policy);
            }
        }
    }

    public static AlterTopicCommand decode(ByteBuffer head) {
        int version = HeadReader.version(head, VERSION, "alter topic");
        HeadReader in = new HeadReader(head);
        UUID id = Specs.id(in);
        Retention retention = Specs.retention(in);
        Map<String, String> arguments = Specs.arguments(in);
        QueuePolicy policy = version == VERSION && in.flag() ? Policies.decode(in) : null;
        return new AlterTopicCommand(id, retention, policy, arguments);
    }
}
