package io.polylog.protocol.kafka.embedded;

import io.polylog.protocol.kafka.embedded.GroupTopics.GroupTopic;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataDelta;
import org.apache.kafka.coordinator.common.runtime.CoordinatorMetadataImage;

/// The broker's topics as the coordinator wants to see them; nothing is copied. Any thread.
record TopicsImage(GroupTopics topics) implements CoordinatorMetadataImage {
    @Override
    public Set<Uuid> topicIds() {
        return topics.all().stream().map(GroupTopic::id).collect(Collectors.toSet());
    }

    @Override
    public Set<String> topicNames() {
        return topics.all().stream().map(GroupTopic::name).collect(Collectors.toSet());
    }

    @Override
    public Optional<TopicMetadata> topicMetadata(String name) {
        return topics.byName(name).map(One::new);
    }

    @Override
    public Optional<TopicMetadata> topicMetadata(Uuid id) {
        return topics.byId(id).map(One::new);
    }

    @Override
    public CoordinatorMetadataDelta emptyDelta() {
        return new Change(this, Set.of(), Set.of());
    }

    @Override
    public long version() {
        return topics.version();
    }

    @Override
    public boolean isEmpty() {
        return topics.all().isEmpty();
    }

    private record One(GroupTopic topic) implements TopicMetadata {
        @Override
        public String name() {
            return topic.name();
        }

        @Override
        public Uuid id() {
            return topic.id();
        }

        @Override
        public int partitionCount() {
            return topic.partitions();
        }

        @Override
        public List<String> partitionRacks(int partition) {
            return List.of();
        }
    }

    /// What changed.
    ///
    /// @param image before the change
    record Change(CoordinatorMetadataImage image, Set<Uuid> changed, Set<Uuid> deleted)
            implements CoordinatorMetadataDelta {
        @Override
        public Collection<Uuid> createdTopicIds() {
            return changed;
        }

        @Override
        public Collection<Uuid> changedTopicIds() {
            return changed;
        }

        @Override
        public Set<Uuid> deletedTopicIds() {
            return deleted;
        }
    }
}
