package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.protocol.nats.NatsProtocol;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A stream's configuration with all that it was left to say: what is told to clients and what is
/// stored (nats-server's `StreamConfig`). What the broker cannot do yet is refused, never ignored.
/// Immutable; any thread.
///
/// @param members the JSON object
public record StreamConfig(ObjectNode members) {
    private static final long SMALLEST_TIME_NS = 100_000_000L;
    private static final long USUAL_WINDOW_NS = 120_000_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;

    /// How long the mark stays that stands where the last message of a subject was.
    public static final String MARKER_TTL = "subject_delete_marker_ttl";

    /// Whether messages may publish others later.
    public static final String SCHEDULES = "allow_msg_schedules";

    private static final int MOST_DESCRIPTION = 4096;
    private static final int MOST_NAME = 255;

    private static final Shape CONSUMER_LIMITS =
            Shape.of("StreamConsumerLimits", "inactive_threshold number", "max_ack_pending number");

    private static final Shape PLACEMENT =
            Shape.of("Placement", "cluster text", "tags list", "preferred text");

    private static final Shape REPUBLISH =
            Shape.of("RePublish", "src text", "dest text", "headers_only flag");

    private static final Shape SHAPE =
            Shape.of(
                    "StreamConfig",
                    "name text",
                    "description text",
                    "subjects list",
                    "retention text",
                    "max_consumers number",
                    "max_msgs number",
                    "max_bytes number",
                    "max_age number",
                    "max_msgs_per_subject number",
                    "max_msg_size number",
                    "discard text",
                    "discard_new_per_subject flag",
                    "storage text",
                    "num_replicas number",
                    "no_ack flag",
                    "duplicate_window number",
                    "placement object",
                    "mirror object",
                    "sources list",
                    "compression text",
                    "first_seq count",
                    "subject_transform object",
                    "republish object",
                    "allow_direct flag",
                    "mirror_direct flag",
                    "sealed flag",
                    "deny_delete flag",
                    "deny_purge flag",
                    "allow_rollup_hdrs flag",
                    "consumer_limits object",
                    "allow_msg_ttl flag",
                    "subject_delete_marker_ttl number",
                    "allow_msg_counter flag",
                    "allow_atomic flag",
                    "allow_msg_schedules flag",
                    "allow_batched flag",
                    "persist_mode text",
                    "metadata object",
                    "pedantic flag");

    /// As clients send it: what is stored may have members inside that are not known any more.
    private static final Shape ASKED =
            SHAPE.with(
                    Map.of(
                            "placement",
                            PLACEMENT,
                            "subject_transform",
                            SourceConfig.TRANSFORM,
                            "republish",
                            REPUBLISH,
                            "consumer_limits",
                            CONSUMER_LIMITS));

    /// What may be said only in the way that means nothing.
    private static final List<String> UNSUPPORTED = List.of("allow_batched");

    private static final List<String> LIMITS =
            List.of(
                    "max_consumers",
                    "max_msgs",
                    "max_bytes",
                    "max_msgs_per_subject",
                    "max_msg_size");

    /// What is always said, with what it is where nobody says it.
    private static final Map<String, Object> ALWAYS =
            Map.of(
                    "retention", "limits",
                    "discard", "old",
                    "storage", "file",
                    "compression", "none",
                    "max_age", 0L,
                    "consumer_limits", Map.of());

    private static final List<String> FLAGS =
            List.of(
                    "allow_direct",
                    "mirror_direct",
                    "sealed",
                    "deny_delete",
                    "deny_purge",
                    "allow_rollup_hdrs",
                    "allow_msg_ttl");

    /// Flags that are said only where they are set.
    private static final List<String> FLAGS_IF_SET =
            List.of("no_ack", "allow_atomic", "allow_msg_counter");

    /// What a stream has for life.
    private static final List<String> FIXED =
            List.of("name", "storage", "persist_mode", "allow_msg_counter");

    /// What of the metadata is the server's to say.
    public static final Set<String> OWN_METADATA =
            Set.of("_nats.ver", "_nats.level", "_nats.req.level");

    /// Reads what was asked for.
    ///
    /// @param name as the request's subject has it
    /// @throws ApiException where it makes no sense or is more than there is
    public static StreamConfig asked(ObjectNode came, String name) {
        ObjectNode members = ASKED.read(came);
        members.remove("pedantic");
        if (!members.path("name").asString("").equals(name)) {
            throw ApiError.NAME_DIFFERS.plain();
        }
        if (!isName(name)) {
            throw ApiError.CONFIG_REFUSED.of("stream name is not valid");
        }
        refuseUnsupported(members);
        complete(members, name);
        StreamConfig config = new StreamConfig(members);
        config.check();
        return config;
    }

    /// What stands for a topic that is no stream of JetStream's own: nobody can ask for it.
    ///
    /// @param members what is not as usual
    /// @param subject that leads to it
    static StreamConfig ofTopic(ObjectNode members, String subject) {
        complete(members, members.path("name").asString(""));
        members.put("duplicate_window", 0L);
        members.putArray("subjects").add(subject);
        return new StreamConfig(members);
    }

    /// One that was stored.
    static StreamConfig stored(ObjectNode members) {
        return new StreamConfig(SHAPE.read(members));
    }

    /// Whether a stream or consumer may have that name.
    public static boolean isName(String name) {
        return !name.isEmpty()
                && name.length() <= MOST_NAME
                && name.chars().noneMatch(c -> c <= ' ' || ".*>/\\".indexOf(c) >= 0);
    }

    private static void refuseUnsupported(ObjectNode members) {
        for (String member : UNSUPPORTED) {
            JsonNode value = members.path(member);
            boolean none = value.isMissingNode() || value.asString("").equals("false");
            boolean something = !value.isEmpty() || value.asBoolean(false) || value.asLong(0) != 0;
            if (!none && something) {
                throw unsupported(member, value);
            }
            members.remove(member);
        }
        only(members, "retention", Set.of("limits", "interest", "workqueue"));
        only(members, "discard", Set.of("old", "new"));
        only(members, "storage", Set.of("file", "memory"));
        only(members, "compression", Set.of("none", "s2"));
        only(members, "persist_mode", Set.of("", "default", "async"));
        if (!members.path("placement").path("preferred").asString("").isEmpty()) {
            throw ApiError.CONFIG_REFUSED.of("preferred server not permitted in placement");
        }
        if (members.path("num_replicas").asLong(1) > 1) {
            throw ApiError.REPLICAS.plain();
        }
    }

    private static void only(ObjectNode members, String member, Set<String> values) {
        JsonNode value = members.path(member);
        if (!value.isMissingNode() && !values.contains(value.asString(""))) {
            throw unsupported(member, value);
        }
    }

    private static ApiException unsupported(String member, JsonNode value) {
        return ApiError.CONFIG_REFUSED.of(member + " " + value + " is not supported");
    }

    /// Says what was left out.
    private static void complete(ObjectNode members, String name) {
        ALWAYS.forEach((member, value) -> {
            if (!members.has(member)) {
                members.set(member, Json.node(value));
            }
        });
        boolean marks = members.path(MARKER_TTL).asLong(0) > 0;
        boolean schedules = members.path(SCHEDULES).asBoolean(false);
        if (marks) {
            members.put("allow_msg_ttl", true);
        }
        if (!schedules) {
            members.remove(SCHEDULES);
        }
        if ((marks || schedules) && !members.path("allow_rollup_hdrs").asBoolean(false)) {
            members.put("allow_rollup_hdrs", true).put("deny_purge", false);
        }
        for (String flag : FLAGS) {
            members.put(flag, members.path(flag).asBoolean(false));
        }
        for (String flag : FLAGS_IF_SET) {
            if (!members.path(flag).asBoolean(false)) {
                members.remove(flag);
            }
        }
        for (String limit : LIMITS) {
            long most = members.path(limit).asLong(-1);
            members.put(limit, most <= 0 ? -1 : most);
        }
        members.put("num_replicas", 1L);
        SourceRules.complete(members);
        boolean filled = members.has("mirror") || members.has("sources");
        if (members.path("subjects").isEmpty() && !filled) {
            members.set("subjects", Json.node(List.of(name)));
        }
        if (filled && members.path("duplicate_window").asLong(0) == 0) {
            members.put("duplicate_window", 0L);
        } else if (members.path("duplicate_window").asLong(0) == 0) {
            long ageNs = members.path("max_age").asLong(0);
            long window = ageNs > 0 ? Math.min(ageNs, USUAL_WINDOW_NS) : USUAL_WINDOW_NS;
            members.put("duplicate_window", window);
        }
        if (members.path(MARKER_TTL).asLong(0) == 0) {
            members.remove(MARKER_TTL);
        }
        for (String empty : List.of("placement", "description", "first_seq", "persist_mode")) {
            JsonNode value = members.path(empty);
            boolean textless = value.isString() && value.asString("").isEmpty();
            boolean zero = value.isNumber() && value.asLong(0) == 0;
            if (textless || zero || (value.isObject() && value.isEmpty())) {
                members.remove(empty);
            }
        }
        if (members.path("metadata") instanceof ObjectNode metadata) {
            OWN_METADATA.forEach(metadata::remove);
        } else {
            members.set("metadata", Json.object());
        }
    }

    private void check() {
        if (text("description").length() > MOST_DESCRIPTION) {
            throw ApiError.CONFIG_REFUSED.of(
                    "stream description is too long, maximum allowed is " + MOST_DESCRIPTION);
        }
        long ageNs = number("max_age");
        if (ageNs != 0 && ageNs < SMALLEST_TIME_NS) {
            throw ApiError.CONFIG_REFUSED.of("max age needs to be >= 100ms");
        }
        long windowNs = number("duplicate_window");
        SourceRules.check(this);
        boolean filled = !feeds().isEmpty();
        if (windowNs < SMALLEST_TIME_NS && !(filled && windowNs == 0)) {
            throw ApiError.CONFIG_REFUSED.of("duplicates window needs to be >= 100ms");
        }
        if (ageNs > 0 && windowNs > ageNs) {
            throw ApiError.CONFIG_REFUSED.of("duplicates window can not be larger then max age");
        }
        if (flag("discard_new_per_subject")) {
            String needs = "discard new per subject requires ";
            if (!discardsNew()) {
                throw ApiError.CONFIG_REFUSED.of(needs + "discard new policy to be set");
            }
            if (number("max_msgs_per_subject") <= 0) {
                throw ApiError.CONFIG_REFUSED.of(needs + "max msgs per subject > 0");
            }
        }
        if (flag(SCHEDULES) && discardsNew()) {
            throw ApiError.CONFIG_REFUSED.of("message scheduling cannot use discard new");
        }
        if (flag(SCHEDULES) && !members.path("mirror").isEmpty()) {
            throw ApiError.MIRROR_SCHEDULES.plain();
        }
        if (flag(SCHEDULES) && !members.path("sources").isEmpty()) {
            throw ApiError.SOURCE_SCHEDULES.plain();
        }
        long markerNs = number(MARKER_TTL);
        if (markerNs < 0) {
            throw ApiError.CONFIG_REFUSED.of("subject delete marker TTL must not be negative");
        }
        if (markerNs > 0 && markerNs < SECOND_NS) {
            throw ApiError.CONFIG_REFUSED.of("subject delete marker TTL must be at least 1 second");
        }
        if (flag("deny_purge") && flag("allow_rollup_hdrs")) {
            throw ApiError.CONFIG_REFUSED.of("roll-ups require the purge permission");
        }
        if (flag("allow_msg_counter")) {
            checkCounters();
        }
        List<String> subjects = subjects();
        for (int i = 0; i < subjects.size(); i++) {
            checkSubject(subjects.get(i));
            for (String other : subjects.subList(0, i)) {
                if (other.equals(subjects.get(i))) {
                    throw ApiError.CONFIG_REFUSED.of("duplicate subjects detected");
                }
                if (Overlap.of(other, subjects.get(i))) {
                    throw ApiError.CONFIG_REFUSED.of(
                            "subject \"%s\" overlaps with \"%s\""
                                    .formatted(subjects.get(i), other));
                }
            }
        }
    }

    private void checkCounters() {
        if (discardsNew()) {
            throw ApiError.CONFIG_REFUSED.of("counter stream cannot use discard new");
        }
        if (!keepsAll()) {
            throw ApiError.CONFIG_REFUSED.of("counter stream can only use limits retention");
        }
        if (flag("allow_msg_ttl")) {
            throw ApiError.CONFIG_REFUSED.of("counter stream cannot use message TTLs");
        }
    }

    /// Checks that a stream can be made with it.
    ///
    /// @throws ApiException where it cannot
    public void checkFresh() {
        if (isSealed()) {
            throw ApiError.CONFIG_REFUSED.of("stream can not be created with sealed set");
        }
    }

    private void checkSubject(String subject) {
        if (!NatsSubjects.isPattern(subject) || NatsSubjects.isTooWide(subject)) {
            throw ApiError.CONFIG_REFUSED.of("invalid subject \"" + subject + "\"");
        }
        if (flag("no_ack")) {
            return;
        }
        if (subject.equals(">")) {
            throw ApiError.CONFIG_REFUSED.of("capturing all subjects requires no-ack to be true");
        }
        for (String own : List.of("$JS.>", "$JSC.>", "$NRG.>", "$SYS.>")) {
            boolean event = subject.startsWith("$JS.EVENT.") || subject.startsWith("$SYS.ACCOUNT.");
            if (!event && Overlap.of(subject, own)) {
                throw ApiError.CONFIG_REFUSED.of(
                        "subjects that overlap with jetstream api require no-ack to be true");
            }
        }
    }

    /// Checks that this can become the configuration of a stream that has another.
    ///
    /// @throws ApiException where it cannot
    public void checkUpdate(StreamConfig before) {
        for (String member : FIXED) {
            if (!members.path(member).equals(before.members.path(member))) {
                throw ApiError.CONFIG_REFUSED.of(
                        "stream configuration update can not change " + member);
            }
        }
        if (before.flag("allow_msg_ttl") && !flag("allow_msg_ttl")) {
            throw ApiError.CONFIG_REFUSED.of("message TTL status can not be disabled");
        }
        if (members.has("mirror")
                && !members.path("mirror").equals(before.members.path("mirror"))) {
            throw ApiError.MIRROR_FIXED.plain();
        }
        if (before.flag(SCHEDULES) && !flag(SCHEDULES)) {
            throw ApiError.CONFIG_REFUSED.of("message schedules can not be disabled");
        }
        boolean other = !text("retention").equals(before.text("retention"));
        if (other && (isWorkQueue() || before.isWorkQueue())) {
            throw ApiError.CONFIG_REFUSED.of(
                    "stream configuration update can not change retention policy to/from"
                            + " workqueue");
        }
        for (String denied : List.of("deny_delete", "deny_purge", "sealed")) {
            if (before.flag(denied) && !flag(denied)) {
                throw ApiError.CONFIG_REFUSED.of(
                        "stream configuration update can not cancel " + denied.replace('_', ' '));
            }
        }
    }

    /// The same that begins where another does.
    public StreamConfig begunAs(StreamConfig other) {
        ObjectNode begun = members.deepCopy();
        begun.remove("first_seq");
        if (other.members.has("first_seq")) {
            begun.set("first_seq", other.members.path("first_seq"));
        }
        return new StreamConfig(begun);
    }

    /// As it is kept where it becomes sealed: nothing goes any more.
    public StreamConfig sealedOff() {
        if (!isSealed()) {
            return this;
        }
        ObjectNode sealed = members.deepCopy();
        sealed.put("max_age", 0L).put("discard", "new").put("allow_rollup_hdrs", false);
        sealed.put("deny_delete", true).put("deny_purge", true);
        return new StreamConfig(sealed);
    }

    /// Whether nothing comes any more, and nothing goes.
    public boolean isSealed() {
        return flag("sealed");
    }

    /// Whether a message goes when one consumer has acknowledged it.
    public boolean isWorkQueue() {
        return text("retention").equals("workqueue");
    }

    /// Whether messages stay whatever consumers do.
    public boolean keepsAll() {
        return text("retention").equals("limits");
    }

    /// Whether what is too much is refused, rather than what is oldest removed.
    boolean discardsNew() {
        return text("discard").equals("new");
    }

    public String name() {
        return text("name");
    }

    public List<String> subjects() {
        List<String> all = new ArrayList<>();
        for (JsonNode subject : members.path("subjects")) {
            all.add(subject.asString(""));
        }
        return all;
    }

    /// The stream that it mirrors, or null.
    public @Nullable SourceConfig mirror() {
        return members.path("mirror") instanceof ObjectNode mirror
                ? new SourceConfig(mirror)
                : null;
    }

    /// The streams that it is filled from, but for one that it mirrors.
    public List<SourceConfig> sources() {
        List<SourceConfig> all = new ArrayList<>();
        for (JsonNode source : members.path("sources")) {
            all.add(new SourceConfig((ObjectNode) source));
        }
        return all;
    }

    /// All streams that it is filled from.
    public List<SourceConfig> feeds() {
        SourceConfig mirror = mirror();
        return mirror == null ? sources() : List.of(mirror);
    }

    /// What becomes of the subjects of what is published, or null.
    ///
    /// @param unique gives texts never given before, to choose by
    public @Nullable SubjectTransform transform(Supplier<String> unique) {
        return SubjectTransform.of(members.path("subject_transform"), unique);
    }

    /// Where what is stored is published again, or null.
    ///
    /// @param unique gives texts never given before, to choose by
    public @Nullable SubjectTransform republish(Supplier<String> unique) {
        return SubjectTransform.of(members.path("republish"), unique);
    }

    /// The same with another value of a flag.
    public StreamConfig with(String flag, boolean value) {
        ObjectNode other = members.deepCopy();
        return new StreamConfig(other.put(flag, value));
    }

    /// What a consumer has of something where it does not say it, and at most; 0 for no limit.
    public long consumerLimit(String member) {
        return members.path("consumer_limits").path(member).asLong(0);
    }

    String text(String member) {
        return members.path(member).asString("");
    }

    public boolean flag(String member) {
        return members.path(member).asBoolean(false);
    }

    public long number(String member) {
        return members.path(member).asLong(0);
    }

    /// As clients see it.
    ///
    /// @param version the nats-server that this is like, or null where it is not said
    public ObjectNode told(@Nullable String version) {
        ObjectNode told = members.deepCopy();
        ObjectNode metadata = (ObjectNode) told.path("metadata");
        metadata.put("_nats.req.level", "0");
        if (version != null) {
            metadata.put("_nats.level", String.valueOf(NatsProtocol.API_LEVEL));
            metadata.put("_nats.ver", version);
        }
        return told;
    }
}
