package io.polylog.protocol.kafka;

import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.Map;

/// Topics as Kafka's clients ask for them. Stateless; any thread.
final class TopicConfigs {
    private TopicConfigs() {}

    /// A topic made by mere use.
    static TopicSpec provisional(TopicName name, KafkaSettings settings) {
        return new TopicSpec(
                name,
                TopicSpec.Form.BATCHES,
                settings.defaultPartitions(),
                new Retention(settings.defaultRetentionMs(), -1, false, false),
                new Lifetime(true, false, false, listed(name), true),
                Map.of());
    }

    /// Whether the name has a place in the subject space.
    static boolean listed(TopicName name) {
        String plain = name.name();
        return !plain.startsWith("__") && !plain.startsWith("amq.") && !plain.startsWith("$");
    }
}
