package io.polylog.broker;

import io.polylog.broker.BrokerException.Kind;
import io.polylog.message.TopicName;
import java.util.List;

/// Names a shared subscription, or its share in one partition.
///
/// @param topic its topic or queue
/// @param name "" for a queue's own subscription, else the durable subscription's name
/// @param partition the one partition that is meant, or [#EVERY_PARTITION]
public record SubscriptionRef(TopicName topic, String name, int partition) {
    public static final int EVERY_PARTITION = -1;

    /// The subscription over all partitions.
    public SubscriptionRef(TopicName topic, String name) {
        this(topic, name, EVERY_PARTITION);
    }

    /// Whether it is a subscription with a name, and not what a queue or topic itself holds.
    public boolean isNamed() {
        return !name.isEmpty();
    }

    /// The partitions that are meant.
    ///
    /// @param of the topic of that name
    /// @throws BrokerException NOT_FOUND where it has no such partition
    public List<Topic.Partition> partitions(Topic of) {
        if (partition == EVERY_PARTITION) {
            return of.partitions();
        }
        if (partition >= of.partitions().size()) {
            throw new BrokerException(Kind.NOT_FOUND, topic + " has no partition " + partition);
        }
        return List.of(of.partitions().get(partition));
    }
}
