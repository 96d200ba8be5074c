package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.protocol.nats.NatsProtocol;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Shape;
import io.polylog.protocol.nats.jetstream.streams.Overlap;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.SubjectFilters;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A consumer's configuration with all that it was left to say (nats-server's `ConsumerConfig`).
/// What the broker cannot do yet is refused, never ignored. Immutable; any thread.
///
/// @param members the JSON object
public record ConsumerConfig(ObjectNode members) {
    private static final long USUAL_WAIT_NS = 30_000_000_000L;
    private static final long USUAL_IDLE_NS = 5_000_000_000L;
    private static final long USUAL_PIN_NS = 120_000_000_000L;
    private static final int USUAL_WAITING = 512;
    private static final int USUAL_UNACKED = 1000;

    /// What is delivered and not acknowledged is in memory.
    private static final int MOST_UNACKED = 100_000;

    private static final Shape SHAPE =
            Shape.of(
                    "ConsumerConfig",
                    "durable_name text",
                    "name text",
                    "description text",
                    "deliver_policy text",
                    "opt_start_seq count",
                    "opt_start_time text",
                    "ack_policy text",
                    "ack_wait number",
                    "max_deliver number",
                    "backoff list",
                    "filter_subject text",
                    "filter_subjects list",
                    "replay_policy text",
                    "rate_limit_bps count",
                    "sample_freq text",
                    "max_waiting number",
                    "max_ack_pending number",
                    "flow_control flag",
                    "headers_only flag",
                    "max_batch number",
                    "max_expires number",
                    "max_bytes number",
                    "deliver_subject text",
                    "deliver_group text",
                    "idle_heartbeat number",
                    "inactive_threshold number",
                    "num_replicas number",
                    "mem_storage flag",
                    "direct flag",
                    "sourcing flag",
                    "pause_until text",
                    "priority_groups list",
                    "priority_policy text",
                    "priority_timeout number",
                    "metadata object");

    private static final List<String> UNSUPPORTED = List.of("sourcing");

    /// What can be changed of a consumer.
    private static final Set<String> CHANGEABLE =
            Set.of(
                    "description",
                    "ack_wait",
                    "backoff",
                    "max_deliver",
                    "filter_subject",
                    "filter_subjects",
                    "sample_freq",
                    "max_ack_pending",
                    "max_waiting",
                    "headers_only",
                    "max_batch",
                    "max_expires",
                    "max_bytes",
                    "inactive_threshold",
                    "rate_limit_bps",
                    "deliver_subject",
                    "idle_heartbeat",
                    "pause_until",
                    "metadata");

    /// Reads what was asked for.
    ///
    /// @param name by which it goes
    /// @param stream that it is of
    /// @throws ApiException where it makes no sense or is more than there is
    public static ConsumerConfig asked(ObjectNode came, String name, StreamConfig stream) {
        ObjectNode members = SHAPE.read(came);
        for (String member : UNSUPPORTED) {
            if (!isNothing(members.path(member))) {
                throw unsupported(member, members.path(member));
            }
            members.remove(member);
        }
        members.put("name", name);
        only(
                members,
                "deliver_policy",
                "all",
                Set.of("last", "new", "by_start_sequence", "by_start_time", "last_per_subject"));
        only(members, "ack_policy", "none", Set.of("explicit", "all"));
        only(members, "replay_policy", "instant", Set.of("original"));
        String priority = members.path("priority_policy").asString("");
        if (!Set.of("", "none", "overflow", "pinned_client", "prioritized").contains(priority)) {
            throw unsupported("priority_policy", members.path("priority_policy"));
        }
        if (priority.equals("none")) {
            members.remove("priority_policy");
        }
        ConsumerConfig config = new ConsumerConfig(members);
        config.checkFilters();
        ConsumerRules.check(config, stream);
        if (config.acks()) {
            usual(members, "max_ack_pending", stream.consumerLimit("max_ack_pending"));
        }
        usual(members, "inactive_threshold", stream.consumerLimit("inactive_threshold"));
        complete(members);
        ConsumerRules.checkLimits(config, stream);
        return config;
    }

    /// One that was stored.
    static ConsumerConfig stored(ObjectNode members) {
        return new ConsumerConfig(SHAPE.read(members));
    }

    /// Whether a member says what it would be without being there.
    private static boolean isNothing(JsonNode value) {
        return value.isEmpty() && Set.of("", "false", "0").contains(value.asString(""));
    }

    private static ApiException unsupported(String member, JsonNode value) {
        return ApiError.CONSUMER_REFUSED.of(member + " " + value + " is not supported");
    }

    private static void only(ObjectNode members, String member, String usual, Set<String> more) {
        JsonNode value = members.path(member);
        String text = value.asString("");
        if (text.isEmpty()) {
            members.put(member, usual);
        } else if (!text.equals(usual) && !more.contains(text)) {
            throw unsupported(member, value);
        }
    }

    /// Says what was left out, and leaves out what says nothing.
    private static void complete(ObjectNode members) {
        for (String member : List.copyOf(members.propertyNames())) {
            if (isNothing(members.path(member))) {
                members.remove(member);
            }
        }
        if (!members.path("ack_policy").asString("").equals("none")) {
            usual(members, "ack_wait", USUAL_WAIT_NS);
            usual(members, "max_ack_pending", USUAL_UNACKED);
        }
        if (members.path("backoff").size() > 0) {
            members.put("ack_wait", members.path("backoff").path(0).asLong(0));
        }
        if (members.path("priority_policy").asString("").equals("pinned_client")) {
            usual(members, "priority_timeout", USUAL_PIN_NS);
        }
        if (members.path("max_deliver").asLong(0) <= 0) {
            members.put("max_deliver", -1L);
        }
        if (!members.has("deliver_subject")) {
            usual(members, "max_waiting", USUAL_WAITING);
        }
        if (!members.has("durable_name")) {
            usual(members, "inactive_threshold", USUAL_IDLE_NS);
        }
        members.put("num_replicas", members.path("num_replicas").asLong(0));
        if (members.path("metadata") instanceof ObjectNode metadata) {
            StreamConfig.OWN_METADATA.forEach(metadata::remove);
        } else {
            members.set("metadata", Json.object());
        }
    }

    private static void usual(ObjectNode members, String member, long value) {
        if (members.path(member).asLong(0) == 0) {
            members.put(member, value);
        }
    }

    private void checkFilters() {
        List<String> several = texts("filter_subjects");
        if (!several.isEmpty() && !text("filter_subject").isEmpty()) {
            throw ApiError.BOTH_FILTERS.plain();
        }
        if (several.contains("")) {
            throw ApiError.EMPTY_FILTER.plain();
        }
        for (int i = 0; i < several.size(); i++) {
            String one = several.get(i);
            if (several.subList(0, i).stream().anyMatch(other -> Overlap.of(one, other))) {
                throw ApiError.FILTERS_OVERLAP.plain();
            }
        }
        for (String filter : filterTexts()) {
            if (!NatsSubjects.isPattern(filter) || NatsSubjects.isTooWide(filter)) {
                throw ApiError.CONSUMER_REFUSED.of("invalid filter \"" + filter + "\"");
            }
        }
    }

    /// The configuration that this one becomes.
    ///
    /// @param bound whether somebody listens where it pushes to
    /// @throws ApiException where it cannot
    public ConsumerConfig updated(ConsumerConfig to, boolean bound) {
        ConsumerConfig next = to;
        if (members.has("pause_until")) {
            next = to.with("pause_until", members.path("pause_until"));
        }
        if (isPush() != next.isPush()) {
            throw ApiError.CONSUMER_REFUSED.of(
                    isPush()
                            ? "can not update push consumer to pull based"
                            : "can not update pull consumer to push based");
        }
        if (bound && !text("deliver_subject").equals(next.text("deliver_subject"))) {
            throw ApiError.CONSUMER_IN_USE.plain();
        }
        for (String member : SHAPE.names()) {
            boolean same = members.path(member).equals(next.members.path(member));
            if (!same && !CHANGEABLE.contains(member)) {
                throw ApiError.CONSUMER_REFUSED.of(
                        member.replace('_', ' ') + " can not be updated");
            }
        }
        return next;
    }

    /// The same with another value of a member.
    public ConsumerConfig with(String member, JsonNode value) {
        ObjectNode changed = members.deepCopy();
        changed.set(member, value);
        return new ConsumerConfig(changed);
    }

    /// The same without a member.
    public ConsumerConfig without(String member) {
        ObjectNode changed = members.deepCopy();
        changed.remove(member);
        return new ConsumerConfig(changed);
    }

    public String text(String member) {
        return members.path(member).asString("");
    }

    boolean flag(String member) {
        return members.path(member).asBoolean(false);
    }

    long number(String member) {
        return members.path(member).asLong(0);
    }

    public List<String> texts(String member) {
        List<String> all = new ArrayList<>();
        members.path(member).forEach(each -> all.add(each.asString("")));
        return all;
    }

    /// Whether its messages are acknowledged.
    boolean acks() {
        return !text("ack_policy").equals("none");
    }

    /// Whether it survives the connections that use it.
    boolean isDurable() {
        return members.has("durable_name");
    }

    /// Whether what it has delivered is remembered for it.
    boolean isRemembered() {
        return acks() || isDurable();
    }

    /// Whether it need not be looked after when nobody uses it.
    boolean mayRest() {
        return isDurable() && !isPush() && number("inactive_threshold") <= 0;
    }

    boolean isPush() {
        return members.has("deliver_subject");
    }

    /// Whether it begins with the newest message of each subject.
    boolean isLastOfEach() {
        return text("deliver_policy").equals("last_per_subject");
    }

    /// Its filters; empty where it has none.
    List<String> filterTexts() {
        List<String> several = texts("filter_subjects");
        String one = text("filter_subject");
        return several.isEmpty() && !one.isEmpty() ? List.of(one) : several;
    }

    SubjectFilters filters() {
        return new SubjectFilters(filterTexts());
    }

    /// Of how many of a hundred acknowledgements it is told how long they took.
    ///
    /// @throws ApiException where that is no number
    int samplePercent() {
        String said = text("sample_freq");
        if (said.isEmpty()) {
            return 0;
        }
        try {
            return Integer.parseInt(
                    said.endsWith("%") ? said.substring(0, said.length() - 1) : said);
        } catch (NumberFormatException none) {
            throw ApiError.SAMPLING.of("strconv.Atoi: parsing \"" + said + "\": invalid syntax");
        }
    }

    /// A span of time in milliseconds.
    long ms(String member) {
        return TimeUnit.NANOSECONDS.toMillis(number(member));
    }

    /// How many may be delivered and not acknowledged.
    int mostUnacked() {
        long most = number("max_ack_pending");
        return most <= 0 ? MOST_UNACKED : (int) Math.min(most, MOST_UNACKED);
    }

    /// How long a message may stay unacknowledged, by attempt: the last holds for all later.
    List<Long> waitsMs() {
        JsonNode steps = members.path("backoff");
        if (steps.isEmpty()) {
            return List.of(ms("ack_wait"));
        }
        List<Long> waits = new ArrayList<>();
        steps.forEach(step -> waits.add(TimeUnit.NANOSECONDS.toMillis(step.asLong(0))));
        return List.copyOf(waits);
    }

    /// Milliseconds since 1970 until which it delivers nothing.
    long pausedUntilMs() {
        return Json.ms(text("pause_until"));
    }

    /// Where it begins; of no meaning where it is the last of something.
    Start start() {
        return switch (text("deliver_policy")) {
            case "new" -> Start.Edge.NEXT;
            case "last" -> Start.Edge.LAST;
            case "by_start_sequence" -> new Start.Offset(number("opt_start_seq") - 1);
            case "by_start_time" -> new Start.Time(Json.ms(text("opt_start_time")));
            default -> Start.Edge.FIRST;
        };
    }

    /// As clients see it.
    ObjectNode told() {
        ObjectNode told = members.deepCopy();
        ObjectNode metadata = (ObjectNode) told.path("metadata");
        metadata.put("_nats.req.level", "0");
        metadata.put("_nats.level", String.valueOf(NatsProtocol.API_LEVEL));
        metadata.put("_nats.ver", NatsProtocol.SERVER_VERSION);
        return told;
    }
}
