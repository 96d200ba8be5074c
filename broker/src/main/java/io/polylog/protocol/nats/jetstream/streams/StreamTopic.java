package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.Binding;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.Admission;
import io.polylog.broker.QueuePolicy.Deduplication;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.KeySource;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Topic;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Kept;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.OwnTime;
import io.polylog.broker.TopicSpec.PerSubject;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.Json;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A topic that is a stream, or a partition of one that another protocol made. Immutable; any
/// thread.
///
/// @param topic as it stands
/// @param partition of it
/// @param config that its arguments hold, or that stands for what it is
/// @param isMade whether a client of JetStream made it; another is only read
public record StreamTopic(Topic topic, int partition, StreamConfig config, boolean isMade) {
    /// The argument that holds the configuration.
    static final String CONFIG = "nats.stream";

    /// Among the metadata of a configuration.
    private static final String LAST_VALUE = "polylog.last-value";

    /// What tells streams apart for ever.
    public record Id(UUID topic, int partition) {}

    /// The streams that a topic is: one that was made as a stream, one for each partition of a
    /// topic of batches or of newest values, none of others.
    public static List<StreamTopic> of(Topic topic) {
        String config = topic.spec().arguments().get(CONFIG);
        if (config == null) {
            return ForeignStreams.of(topic);
        }
        return JsonMapper.shared().readTree(config) instanceof ObjectNode members
                ? List.of(new StreamTopic(topic, 0, StreamConfig.stored(members), true))
                : List.of();
    }

    /// The topic for a configuration.
    public static TopicSpec spec(String namespace, StreamConfig config) {
        Admission admission =
                new Admission(window(config), new KeyOrder(KeySource.ROUTING_KEY, ""))
                        .from(Math.max(0, config.number("first_seq") - 1));
        return new TopicSpec(
                new TopicName(namespace, config.name()),
                Form.MESSAGES,
                1,
                retention(config),
                new Lifetime(config.text("storage").equals("file"), false, false, true, false),
                QueuePolicy.NONE
                        .with(wantsIndex(config) ? admission.withIndex() : admission)
                        .with(limits(config)),
                Map.of(CONFIG, Json.write(config.members())));
    }

    public static Retention retention(StreamConfig config) {
        long ageMs = TimeUnit.NANOSECONDS.toMillis(config.number("max_age"));
        long perSubject = config.number("max_msgs_per_subject");
        return new Retention(ageMs > 0 ? ageMs : -1, -1, false, null)
                .withRemoval()
                .with(new PerSubject(perSubject, config.flag("discard_new_per_subject")))
                .withOwnTime(ownTime(config))
                .with(kept(config));
    }

    private static Kept kept(StreamConfig config) {
        if (config.keepsAll()) {
            return Kept.ALWAYS;
        }
        return config.isWorkQueue() ? Kept.UNTIL_DONE : Kept.WHILE_WANTED;
    }

    private static Deduplication window(StreamConfig config) {
        long windowMs = TimeUnit.NANOSECONDS.toMillis(config.number("duplicate_window"));
        if (windowMs == 0) {
            return Deduplication.NONE;
        }
        return new Deduplication(
                Math.min(windowMs, Deduplication.MOST_SPAN_MS), Deduplication.MOST_COUNT);
    }

    /// Its policy with another configuration.
    public QueuePolicy policy(StreamConfig other) {
        QueuePolicy now = topic.spec().policy();
        return now.with(limits(other)).with(now.admission().with(window(other)));
    }

    /// How much it holds.
    private static Limits limits(StreamConfig config) {
        Limits limits =
                new Limits(
                        config.number("max_msgs"),
                        config.number("max_bytes"),
                        config.discardsNew() ? Overflow.REFUSE : Overflow.DROP_OLDEST);
        return limits.isNone() ? Limits.NONE : limits;
    }

    private static OwnTime ownTime(StreamConfig config) {
        if (config.number(StreamConfig.MARKER_TTL) > 0) {
            return OwnTime.HEEDED_BUT_LAST;
        }
        return config.flag("allow_msg_ttl") ? OwnTime.HEEDED : OwnTime.IGNORED;
    }

    /// Whether messages are to be found by subject, as in a bucket of keys.
    private static boolean wantsIndex(StreamConfig config) {
        return config.flag("allow_direct")
                || config.flag("mirror_direct")
                || config.members().has("republish")
                || !config.keepsAll()
                || needsIndex(config);
    }

    /// Whether it cannot be without an index of subjects.
    public static boolean needsIndex(StreamConfig config) {
        return config.number("max_msgs_per_subject") > 0
                || config.flag("allow_rollup_hdrs")
                || config.flag("allow_msg_counter")
                || config.mirror() != null;
    }

    /// Whether messages can be found by subject without reading the others.
    public boolean isIndexed() {
        return topic.spec().policy().admission().indexed();
    }

    public Id id() {
        return new Id(topic.id(), partition);
    }

    /// As clients of JetStream call it.
    public TopicName name() {
        return new TopicName(topicName().namespace(), config.name());
    }

    /// As everybody calls its topic.
    public TopicName topicName() {
        return topic.spec().name();
    }

    /// A consumer's subscription.
    ///
    /// @param name of the subscription, or "" for the stream itself
    public SubscriptionRef subscription(String name) {
        return new SubscriptionRef(
                topicName(), name, isMade ? SubscriptionRef.EVERY_PARTITION : partition);
    }

    public Reader reader(Session session) {
        return session.reader(topicName(), partition);
    }

    /// Whether there may be offsets without a message although nothing was removed on request.
    public boolean isCompacted() {
        return topic.spec().retention().newestPerKey();
    }

    /// Refuses what is not JetStream's to do with a topic.
    public void requireMade(ApiError error) {
        if (!isMade) {
            throw error.of(
                    "\"%s\" is a topic of another protocol, which alone changes it"
                            .formatted(topicName().name()));
        }
    }

    /// Its arguments with another configuration.
    public Map<String, String> arguments(StreamConfig other) {
        Map<String, String> arguments = new HashMap<>(topic.spec().arguments());
        arguments.put(CONFIG, Json.write(other.members()));
        return arguments;
    }

    /// What leads to a topic from the subjects of its configuration. Its own name needs nothing,
    /// and what is kept on other subjects than its own does not come this way.
    ///
    /// @param exchange the namespace's exchange into its subject space
    public static List<Binding> bindings(TopicName name, StreamConfig config, String exchange) {
        boolean none = config.isSealed() || config.members().has("subject_transform");
        List<String> subjects = none ? List.of() : config.subjects();
        return subjects.stream()
                .filter(subject -> !subject.equals(name.name()))
                .map(subject ->
                        new Binding(
                                name.namespace(),
                                exchange,
                                false,
                                name.name(),
                                NatsSubjects.pattern(subject),
                                hasLastValues(subject, config)
                                        ? Map.of(Binding.LAST_VALUE, true)
                                        : Map.of()))
                .toList();
    }

    /// Whether what a stream keeps of a subject is its last value to everybody: in key-value
    /// buckets, and where the configuration's metadata say so.
    private static boolean hasLastValues(String subject, StreamConfig config) {
        boolean said =
                config.members().path("metadata").path(LAST_VALUE).asString("").equals("true");
        return retention(config).perSubject().keepsNewest() && (said || subject.startsWith("$KV."));
    }
}
