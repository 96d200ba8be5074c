package io.polylog.protocol.kafka.embedded;

import java.util.Collection;
import java.util.Optional;
import org.apache.kafka.common.Uuid;

/// The topics that groups may read, by Kafka's names, at one version of the definitions. Any
/// thread.
public interface GroupTopics {
    long version();

    Optional<GroupTopic> byName(String name);

    Optional<GroupTopic> byId(Uuid id);

    Collection<GroupTopic> all();

    /// A topic.
    record GroupTopic(String name, Uuid id, int partitions) {}
}
