package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/// Topics of batches and of newest values as the streams that clients of JetStream see: one a
/// partition. They are read and not changed. Stateless; any thread.
public final class ForeignStreams {
    private ForeignStreams() {}

    /// One for each partition; none where it is another kind of topic, is not listed, or has too
    /// long a name.
    static List<StreamTopic> of(Topic topic) {
        TopicSpec spec = topic.spec();
        boolean kind = spec.form() == Form.BATCHES || spec.retention().newestPerKey();
        if (!kind || !spec.lifetime().listed()) {
            return List.of();
        }
        List<StreamTopic> streams = new ArrayList<>(topic.partitions().size());
        for (Topic.Partition each : topic.partitions()) {
            String name = name(topic, each.number());
            if (StreamConfig.isName(name)) {
                streams.add(new StreamTopic(topic, each.number(), config(spec, name), false));
            }
        }
        return streams;
    }

    /// A dot of the topic's name is `_x2E`; of several partitions each has its number behind.
    public static String name(Topic topic, int partition) {
        String name = NatsSubjects.name(topic.spec().name().name());
        return topic.partitions().size() == 1 ? name : name + "-" + partition;
    }

    /// The subject that leads to a topic by its name.
    static String subject(TopicName name) {
        return NatsSubjects.subject(name.name());
    }

    private static StreamConfig config(TopicSpec spec, String name) {
        ObjectNode members = Json.object();
        members.put("name", name);
        members.put("description", "topic " + spec.name().name());
        long ageMs = spec.retention().maxAgeMs();
        members.put("max_age", ageMs > 0 ? TimeUnit.MILLISECONDS.toNanos(ageMs) : 0);
        members.put("max_bytes", spec.retention().maxBytes());
        members.put("allow_direct", true);
        members.put("deny_delete", true);
        members.put("deny_purge", true);
        return StreamConfig.ofTopic(members, subject(spec.name()));
    }
}
