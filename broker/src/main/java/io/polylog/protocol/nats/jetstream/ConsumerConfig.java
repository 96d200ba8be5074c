package io.polylog.protocol.nats.jetstream;

import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.protocol.nats.NatsSubjects;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A consumer's configuration with all that it was left to say (nats-server's `ConsumerConfig`).
/// What the broker cannot do yet is refused, never ignored. Immutable; any thread.
///
/// @param members the JSON object
record ConsumerConfig(ObjectNode members) {
    private static final long USUAL_WAIT_NS = 30_000_000_000L;
    private static final long USUAL_IDLE_NS = 5_000_000_000L;
    private static final int USUAL_WAITING = 512;
    private static final int USUAL_UNACKED = 1000;

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

    private static final List<String> UNSUPPORTED =
            List.of(
                    "backoff",
                    "rate_limit_bps",
                    "sample_freq",
                    "flow_control",
                    "headers_only",
                    "max_batch",
                    "max_expires",
                    "max_bytes",
                    "deliver_subject",
                    "deliver_group",
                    "idle_heartbeat",
                    "sourcing",
                    "pause_until",
                    "priority_groups",
                    "priority_policy",
                    "priority_timeout");

    /// Reads what was asked for.
    ///
    /// @param name by which it goes
    /// @throws ApiException where it makes no sense or is more than there is
    static ConsumerConfig asked(ObjectNode came, String name) {
        ObjectNode members = SHAPE.read(came);
        for (String member : UNSUPPORTED) {
            JsonNode value = members.path(member);
            boolean nothing = Set.of("", "false", "0").contains(value.asString(""));
            if (!nothing || !value.isEmpty()) {
                throw unsupported(member, value);
            }
            members.remove(member);
        }
        members.put("name", name);
        oneFilter(members);
        only(
                members,
                "deliver_policy",
                "all",
                Set.of("last", "new", "by_start_sequence", "by_start_time"));
        only(members, "ack_policy", "none", Set.of("explicit", "all"));
        only(members, "replay_policy", "instant", Set.of());
        complete(members);
        ConsumerConfig config = new ConsumerConfig(members);
        config.check();
        return config;
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

    /// A list of one filter is as good as one.
    private static void oneFilter(ObjectNode members) {
        JsonNode several = members.path("filter_subjects");
        if (several.size() > 1) {
            throw unsupported("filter_subjects", several);
        }
        if (members.path("filter_subject").asString("").isEmpty()) {
            members.remove("filter_subject");
        }
    }

    private static void complete(ObjectNode members) {
        if (!members.path("ack_policy").asString("").equals("none")) {
            usual(members, "ack_wait", USUAL_WAIT_NS);
            usual(members, "max_ack_pending", USUAL_UNACKED);
        }
        if (members.path("max_deliver").asLong(0) <= 0) {
            members.put("max_deliver", -1L);
        }
        usual(members, "max_waiting", USUAL_WAITING);
        if (!members.has("durable_name")) {
            usual(members, "inactive_threshold", USUAL_IDLE_NS);
        }
        members.put("num_replicas", members.path("num_replicas").asLong(0));
        if (!members.path("metadata").isObject()) {
            members.set("metadata", Json.object());
        }
    }

    private static void usual(ObjectNode members, String member, long value) {
        if (members.path(member).asLong(0) == 0) {
            members.put(member, value);
        }
    }

    private void check() {
        boolean bySequence = text("deliver_policy").equals("by_start_sequence");
        boolean byTime = text("deliver_policy").equals("by_start_time");
        if (bySequence != members.path("opt_start_seq").asLong(0) > 0
                || byTime != (Json.ms(text("opt_start_time")) >= 0)) {
            throw ApiError.POLICY.of("consumer delivery policy and its start do not fit");
        }
        if (text("deliver_policy").equals("last") && !filter().isEmpty()) {
            throw ApiError.CONSUMER_REFUSED.of(
                    "deliver_policy last with a filter is not supported");
        }
        if (!acks() && members.has("durable_name")) {
            throw ApiError.CONSUMER_REFUSED.of(
                    "a durable consumer with ack_policy none is not supported");
        }
        String filter = filter();
        if (!filter.isEmpty()
                && (!NatsSubjects.isPattern(filter) || NatsSubjects.isTooWide(filter))) {
            throw ApiError.CONSUMER_REFUSED.of("invalid filter \"" + filter + "\"");
        }
    }

    String text(String member) {
        return members.path(member).asString("");
    }

    long number(String member) {
        return members.path(member).asLong(0);
    }

    /// Whether its messages are acknowledged.
    boolean acks() {
        return !text("ack_policy").equals("none");
    }

    /// The subjects it wants; "" for all.
    String filter() {
        String several = members.path("filter_subjects").path(0).asString("");
        String filter = several.isEmpty() ? text("filter_subject") : several;
        return filter.equals(">") ? "" : filter;
    }

    /// How many may be delivered and not acknowledged.
    int mostUnacked() {
        long most = number("max_ack_pending");
        return most <= 0 ? Integer.MAX_VALUE : (int) Math.min(most, Integer.MAX_VALUE);
    }

    long waitMs() {
        return TimeUnit.NANOSECONDS.toMillis(number("ack_wait"));
    }

    /// Where it begins.
    Start start() {
        return switch (text("deliver_policy")) {
            case "new" -> Start.Edge.NEXT;
            case "last" -> Start.Edge.LAST;
            case "by_start_sequence" -> new Start.Offset(number("opt_start_seq") - 1);
            case "by_start_time" -> new Start.Time(Json.ms(text("opt_start_time")));
            default -> Start.Edge.FIRST;
        };
    }
}
