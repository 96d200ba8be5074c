package io.polylog.broker;

import java.util.List;
import java.util.UUID;

/// A topic or queue as it stands.
///
/// @param spec how it was asked for
/// @param id names this very topic for ever, also against a later one of the same name
/// @param partitions by number
/// @param createdAtMs milliseconds since 1970
/// @param owner the session an exclusive one belongs to, or 0
/// @param policy what it does beyond keeping, under the [Rule] that holds for it
public record Topic(
        TopicSpec spec,
        UUID id,
        List<Partition> partitions,
        long createdAtMs,
        long owner,
        QueuePolicy policy) {
    /// Under no rule.
    public Topic(
            TopicSpec spec, UUID id, List<Partition> partitions, long createdAtMs, long owner) {
        this(spec, id, partitions, createdAtMs, owner, spec.policy());
    }

    public Topic {
        partitions = List.copyOf(partitions);
    }

    /// The same under another policy.
    public Topic under(QueuePolicy other) {
        return new Topic(spec, id, partitions, createdAtMs, owner, other);
    }

    /// One sequence of offsets.
    ///
    /// @param number 0 to partitions - 1
    /// @param stream names it in the log
    /// @param shard the shard that owns it
    public record Partition(int number, long stream, int shard) {}
}
