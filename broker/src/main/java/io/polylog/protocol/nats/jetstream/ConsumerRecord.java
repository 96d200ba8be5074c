package io.polylog.protocol.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import tools.jackson.databind.node.ObjectNode;

/// What is stored of a consumer, in the arguments of its stream. Immutable; any thread.
///
/// @param name it goes by
/// @param subscription that carries it: unlike any other the stream ever had
/// @param createdMs milliseconds since 1970
/// @param madeAt where it begins with the newest message of each subject: one past the newest
///   message there was then; [#NOW] where that is not remembered
/// @param counts whether its stream keeps for it what it wants, though it acknowledges nothing
record ConsumerRecord(
        String name,
        String subscription,
        long createdMs,
        long madeAt,
        ConsumerConfig config,
        boolean counts) {
    /// Wherever the stream ends when somebody asks.
    static final long NOW = -1;

    /// What an argument that holds a consumer begins with.
    static final String ARGUMENT = "nats.consumer.";

    /// Whether what it has delivered is remembered for it.
    boolean isRemembered() {
        return config.isRemembered() || counts;
    }

    String text() {
        ObjectNode all = Json.object();
        all.put("subscription", subscription).put("created", createdMs);
        if (madeAt != NOW) {
            all.put("made_at", madeAt);
        }
        all.set("config", config.members());
        if (counts) {
            all.put("counts", true);
        }
        return Json.write(all);
    }

    /// The same with another configuration.
    ConsumerRecord with(ConsumerConfig other) {
        return new ConsumerRecord(name, subscription, createdMs, madeAt, other, counts);
    }

    /// The same that was made when its stream ended there.
    ConsumerRecord madeAt(long end) {
        return new ConsumerRecord(name, subscription, createdMs, end, config, counts);
    }

    static ConsumerRecord read(String name, String text) {
        ObjectNode all = Json.read(text.getBytes(UTF_8));
        return new ConsumerRecord(
                name,
                all.path("subscription").asString(name),
                all.path("created").asLong(0),
                all.path("made_at").asLong(NOW),
                ConsumerConfig.stored((ObjectNode) all.path("config")),
                all.path("counts").asBoolean(false));
    }
}
