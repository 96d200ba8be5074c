package io.polylog.protocol.kafka;

import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Compaction;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.jspecify.annotations.Nullable;

/// Topics as Kafka's clients ask for them: configuration keys keep Kafka's names, are kept as the
/// client wrote them, and mean what they mean there, or nothing where the log has no such thing
/// (its segments are its own business). Stateless; any thread.
final class TopicConfigs {
    static final String CLEANUP_POLICY = "cleanup.policy";
    static final String RETENTION_MS = "retention.ms";
    static final String RETENTION_BYTES = "retention.bytes";
    static final String MAX_MESSAGE_BYTES = "max.message.bytes";

    static final String TIMESTAMP_TYPE = "message.timestamp.type";

    private static final String LOG_APPEND_TIME = "LogAppendTime";
    private static final String COMPACT = "compact";
    private static final String DELETE = "delete";
    private static final long FOREVER = -1;

    /// What a key takes.
    sealed interface Kind {
        /// A whole number of at least `least`.
        record Whole(long least) implements Kind {}

        /// One of these words.
        record Word(List<String> words) implements Kind {}

        /// Some of these words, separated by commas.
        record Words(List<String> words) implements Kind {}

        /// A number from 0 to 1.
        record Ratio() implements Kind {}

        /// Anything.
        record Text() implements Kind {}
    }

    /// A key, what it takes and what holds when it is not given.
    record Key(String name, Kind kind, String byDefault) {}

    private static final SequencedMap<String, Key> KEYS = new TreeMap<>();

    static {
        Kind.Word no = new Kind.Word(List.of("false"));
        Kind.Word either = new Kind.Word(List.of("true", "false"));
        Kind.Whole positive = new Kind.Whole(0);
        Kind.Whole any = new Kind.Whole(Long.MIN_VALUE);
        key(CLEANUP_POLICY, new Kind.Words(List.of(DELETE, COMPACT)), DELETE);
        key(RETENTION_MS, new Kind.Whole(FOREVER), "");
        key(RETENTION_BYTES, any, "-1");
        key(MAX_MESSAGE_BYTES, positive, "");
        key("compression.type", new Kind.Word(List.of("producer")), "producer");
        key("delete.retention.ms", positive, "86400000");
        key("file.delete.delay.ms", positive, "60000");
        key("flush.messages", new Kind.Whole(1), "1");
        key("flush.ms", positive, "0");
        key("follower.replication.throttled.replicas", new Kind.Text(), "");
        key("index.interval.bytes", positive, "4096");
        key("leader.replication.throttled.replicas", new Kind.Text(), "");
        key("local.retention.bytes", any, "-2");
        key("local.retention.ms", any, "-2");
        key("max.compaction.lag.ms", new Kind.Whole(1), Long.toString(Long.MAX_VALUE));
        key("message.timestamp.after.max.ms", positive, Long.toString(Long.MAX_VALUE));
        key("message.timestamp.before.max.ms", positive, Long.toString(Long.MAX_VALUE));
        key(TIMESTAMP_TYPE, new Kind.Word(List.of("CreateTime", LOG_APPEND_TIME)), "CreateTime");
        key("min.cleanable.dirty.ratio", new Kind.Ratio(), "0.5");
        key("min.compaction.lag.ms", positive, "0");
        key("min.insync.replicas", new Kind.Whole(1), "1");
        key("preallocate", either, "false");
        key("remote.storage.enable", no, "false");
        key("segment.bytes", new Kind.Whole(1), "268435456");
        key("segment.index.bytes", new Kind.Whole(4), "10485760");
        key("segment.jitter.ms", positive, "0");
        key("segment.ms", new Kind.Whole(1), "604800000");
        key("unclean.leader.election.enable", no, "false");
    }

    private TopicConfigs() {}

    private static void key(String name, Kind kind, String byDefault) {
        KEYS.put(name, new Key(name, kind, byDefault));
    }

    /// A topic's configuration.
    ///
    /// @param retention what it keeps
    /// @param kept the keys that were given, with their values
    record Configured(Retention retention, Map<String, String> kept) {}

    /// The topic a client asked for.
    ///
    /// @throws InvalidConfigurationException naming the first key that cannot be
    static TopicSpec spec(
            TopicName name,
            int partitions,
            Map<String, @Nullable String> configs,
            KafkaSettings settings) {
        Configured configured = configured(configs, settings);
        return new TopicSpec(
                name,
                configured.retention.newestPerKey()
                        ? TopicSpec.Form.MESSAGES
                        : TopicSpec.Form.BATCHES,
                partitions,
                configured.retention,
                new Lifetime(true, false, false, listed(name), false),
                configured.kept);
    }

    private static Configured configured(
            Map<String, @Nullable String> configs, KafkaSettings settings) {
        Map<String, String> kept = new HashMap<>();
        configs.forEach((key, value) -> kept.put(key, checked(key, value)));
        return new Configured(retention(kept, settings), kept);
    }

    /// What a topic becomes with other configuration.
    ///
    /// @throws InvalidConfigurationException naming the first key that cannot be
    static Configured altered(
            Topic topic, Map<String, @Nullable String> configs, KafkaSettings settings) {
        Configured configured = configured(configs, settings);
        if (configured.retention.newestPerKey() != topic.spec().retention().newestPerKey()) {
            throw new InvalidConfigurationException(
                    CLEANUP_POLICY + ": whether a topic is compacted is fixed when it is made");
        }
        return configured;
    }

    /// Those of a topic's arguments that are Kafka's; the others are another protocol's.
    static Map<String, String> known(Map<String, String> arguments) {
        Map<String, String> known = new HashMap<>(arguments);
        known.keySet().retainAll(KEYS.keySet());
        return known;
    }

    /// @throws InvalidConfigurationException if there is no such key
    static Key requireKnown(String name) {
        Key key = KEYS.get(name);
        if (key == null) {
            throw new InvalidConfigurationException("Unknown topic config name: " + name);
        }
        return key;
    }

    /// The words of a key that takes a list, as they are now.
    ///
    /// @throws InvalidConfigurationException if it takes something else
    static List<String> list(Map<String, String> configs, String name) {
        Key key = requireKnown(name);
        if (!(key.kind instanceof Kind.Words) && !(key.kind instanceof Kind.Text)) {
            throw new InvalidConfigurationException(name + " does not take a list");
        }
        String value = configs.getOrDefault(name, key.byDefault);
        return value.isBlank() ? List.of() : words(value);
    }

    /// Whether records of the topic go by age, size or request.
    static boolean deletes(Topic topic) {
        Map<String, String> configs = topic.spec().arguments();
        return !topic.spec().retention().untilSettled()
                && words(configs.getOrDefault(CLEANUP_POLICY, DELETE)).contains(DELETE);
    }

    /// A topic made by mere use.
    static TopicSpec provisional(TopicName name, KafkaSettings settings) {
        return new TopicSpec(
                name,
                TopicSpec.Form.BATCHES,
                settings.defaultPartitions(),
                retention(Map.of(), settings),
                new Lifetime(true, false, false, listed(name), true),
                Map.of());
    }

    private static Retention retention(Map<String, String> configs, KafkaSettings settings) {
        List<String> policy = words(configs.getOrDefault(CLEANUP_POLICY, DELETE));
        Compaction compaction = policy.contains(COMPACT) ? compaction(configs) : null;
        if (!policy.contains(DELETE)) {
            return new Retention(FOREVER, FOREVER, false, compaction);
        }
        String age = configs.get(RETENTION_MS);
        long bytes = Long.parseLong(configs.getOrDefault(RETENTION_BYTES, "-1"));
        return new Retention(
                age == null ? settings.defaultRetentionMs() : Long.parseLong(age),
                Math.max(FOREVER, bytes),
                false,
                compaction);
    }

    private static Compaction compaction(Map<String, String> configs) {
        return new Compaction(
                Long.parseLong(given(configs, "min.compaction.lag.ms")),
                Long.parseLong(given(configs, "delete.retention.ms")),
                (int) (100 * Double.parseDouble(given(configs, "min.cleanable.dirty.ratio"))));
    }

    private static String given(Map<String, String> configs, String name) {
        return configs.getOrDefault(name, requireKnown(name).byDefault);
    }

    /// Every key with its value for this topic, in order of name.
    static Map<Key, String> describe(Topic topic, KafkaSettings settings) {
        Map<Key, String> all = new java.util.LinkedHashMap<>();
        for (Key key : KEYS.values()) {
            String given = topic.spec().arguments().get(key.name);
            all.put(key, given != null ? given : byDefault(key, topic, settings));
        }
        return all;
    }

    private static String byDefault(Key key, Topic topic, KafkaSettings settings) {
        return switch (key.name) {
            case CLEANUP_POLICY ->
                    topic.spec().retention().perSubject().keepsNewest() ? COMPACT : DELETE;
            case RETENTION_MS -> Long.toString(topic.spec().retention().maxAgeMs());
            case RETENTION_BYTES -> Long.toString(topic.spec().retention().maxBytes());
            case MAX_MESSAGE_BYTES -> Integer.toString(settings.maxBatchBytes());
            default -> key.byDefault;
        };
    }

    /// Whether records get the log's time in place of their producer's.
    static boolean logsTime(Topic topic) {
        return LOG_APPEND_TIME.equals(topic.spec().arguments().get(TIMESTAMP_TYPE));
    }

    /// Largest batch of a topic.
    static int maxBatchBytes(Topic topic, KafkaSettings settings) {
        String given = topic.spec().arguments().get(MAX_MESSAGE_BYTES);
        return given == null
                ? settings.maxBatchBytes()
                : (int) Math.min(Integer.MAX_VALUE, Long.parseLong(given));
    }

    private static String checked(String name, @Nullable String value) {
        Key key = requireKnown(name);
        if (value == null || !fits(key.kind, value)) {
            throw new InvalidConfigurationException(
                    "'%s' cannot be %s: it takes %s".formatted(name, value, wanted(key.kind)));
        }
        return value;
    }

    private static boolean fits(Kind kind, String value) {
        return switch (kind) {
            case Kind.Whole(long least) -> number(value, least);
            case Kind.Word(List<String> allowed) -> allowed.contains(value);
            case Kind.Words(List<String> allowed) ->
                    !value.isBlank() && allowed.containsAll(words(value));
            case Kind.Ratio() -> value.matches("0(\\.\\d+)?|1(\\.0+)?");
            case Kind.Text() -> true;
        };
    }

    private static String wanted(Kind kind) {
        return switch (kind) {
            case Kind.Whole(long least) ->
                    "a whole number" + (least > Long.MIN_VALUE ? " from " + least : "");
            case Kind.Word(List<String> allowed) -> String.join(" or ", allowed);
            case Kind.Words(List<String> allowed) -> "some of " + String.join(", ", allowed);
            case Kind.Ratio() -> "a number from 0 to 1";
            case Kind.Text() -> "text";
        };
    }

    private static boolean number(String value, long least) {
        try {
            return Long.parseLong(value) >= least;
        } catch (NumberFormatException e) {
            return false;
        }
    }

    private static List<String> words(String value) {
        return Arrays.stream(value.split(",", -1)).map(String::strip).toList();
    }

    /// Whether the name has a place in the subject space.
    static boolean listed(TopicName name) {
        String plain = name.name();
        return !plain.startsWith("__") && !plain.startsWith("amq.") && !plain.startsWith("$");
    }
}
