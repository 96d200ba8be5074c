package io.polylog.protocol.nats.jetstream.consumers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.SubscriptionRef;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What is known of a consumer wherever it is. Immutable; any thread.
///
/// @param name it goes by
/// @param subscription that carries it: unlike any other the stream ever had
/// @param createdMs milliseconds since 1970
/// @param madeAt where it begins with the newest message of each subject: one past the newest
///   message there was then; [#NOW] where that is not remembered
/// @param counts whether its stream keeps for it what it wants, though it acknowledges nothing
public record ConsumerRecord(
        String name,
        String subscription,
        long createdMs,
        long madeAt,
        ConsumerConfig config,
        boolean counts) {
    /// Wherever the stream ends when somebody asks.
    public static final long NOW = -1;

    /// What is stored of a consumer: the note of the subscription that carries it.
    ///
    /// @param partition of the topic that its stream is
    /// @param counted deliveries that it has made, or is about to
    record Noted(ConsumerRecord record, int partition, long counted) {
        private static final String MARK = "nats.consumer";
        private static final String BEGIN = "{\"" + MARK + "\":";

        String text() {
            ObjectNode all = Json.object();
            all.put(MARK, record.name).put("partition", partition);
            all.put("subscription", record.subscription).put("created", record.createdMs);
            if (record.madeAt != NOW) {
                all.put("made_at", record.madeAt);
            }
            all.set("config", record.config.members());
            if (record.counts) {
                all.put("counts", true);
            }
            if (counted > 0) {
                all.put("counted", counted);
            }
            return Json.write(all);
        }

        /// Null for the note of something else.
        static @Nullable Noted read(String note) {
            if (!note.startsWith(BEGIN)) {
                return null;
            }
            ObjectNode all = Json.read(note.getBytes(UTF_8));
            ConsumerRecord record =
                    new ConsumerRecord(
                            all.path(MARK).asString(""),
                            all.path("subscription").asString(""),
                            all.path("created").asLong(0),
                            all.path("made_at").asLong(NOW),
                            ConsumerConfig.stored((ObjectNode) all.path("config")),
                            all.path("counts").asBoolean(false));
            return new Noted(record, all.path("partition").asInt(0), all.path("counted").asLong(0));
        }
    }

    /// Whether what it has delivered is remembered for it.
    public boolean isRemembered() {
        return config.isRemembered() || counts;
    }

    /// Its subscription, in all partitions of its stream's topic.
    SubscriptionRef carrier(StreamTopic stream) {
        return new SubscriptionRef(stream.topicName(), subscription);
    }

    /// What is stored with its subscription.
    ///
    /// @param partition of the topic that its stream is
    /// @param counted deliveries that it has made, or is about to
    String note(int partition, long counted) {
        return new Noted(this, partition, counted).text();
    }

    /// The same with another configuration.
    public ConsumerRecord with(ConsumerConfig other) {
        return new ConsumerRecord(name, subscription, createdMs, madeAt, other, counts);
    }

    /// The same that was made when its stream ended there.
    ConsumerRecord madeAt(long end) {
        return new ConsumerRecord(name, subscription, createdMs, end, config, counts);
    }
}
