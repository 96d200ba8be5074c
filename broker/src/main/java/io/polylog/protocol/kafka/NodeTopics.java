package io.polylog.protocol.kafka;

import io.polylog.broker.Definitions;
import io.polylog.broker.Topic;
import io.polylog.protocol.kafka.embedded.GroupTopics;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/// The broker's topics for the group coordinator: one version of the definitions. Any thread.
record NodeTopics(Definitions definitions) implements GroupTopics {
    @Override
    public long version() {
        return definitions.version();
    }

    @Override
    public Optional<GroupTopic> byName(String name) {
        return Optional.ofNullable(KafkaNames.find(definitions, name)).flatMap(NodeTopics::of);
    }

    @Override
    public Optional<GroupTopic> byId(Uuid id) {
        return Optional.ofNullable(KafkaNames.find(definitions, id)).flatMap(NodeTopics::of);
    }

    @Override
    public Collection<GroupTopic> all() {
        List<GroupTopic> all =
                definitions.topics().stream().flatMap(topic -> of(topic).stream()).toList();
        return all;
    }

    private static Optional<GroupTopic> of(Topic topic) {
        return KafkaNames.kafkaName(topic)
                .map(name -> new GroupTopic(name, KafkaNames.id(topic), topic.partitions().size()));
    }
}
