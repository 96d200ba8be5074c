package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.GoDuration;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.Overlap;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import java.util.List;
import java.util.regex.Pattern;

/// What of a consumer's configuration fits together, as nats-server has it. Stateless; any thread.
public final class ConsumerRules {
    private static final long SMALLEST_HEARTBEAT_NS = 100_000_000L;
    private static final long MS = 1_000_000L;

    private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9/_=+)-]{1,16}");

    private ConsumerRules() {}

    /// Checks what was asked for, before what it was left to say.
    ///
    /// @throws ApiException where it makes no sense or is more than there is
    static void check(ConsumerConfig config, StreamConfig stream) {
        checkStart(config);
        if (config.isPush() && !config.text("deliver_subject").isEmpty()) {
            checkPush(config, stream);
        } else {
            checkPull(config, stream);
        }
        checkAcknowledgements(config);
        checkPriorities(config);
    }

    /// Checks that a consumer has no more than its stream allows.
    ///
    /// @throws ApiException where it has
    static void checkLimits(ConsumerConfig config, StreamConfig stream) {
        if (exceeds(config, stream, "max_ack_pending")) {
            throw ApiError.MUCH_PENDING.of(String.valueOf(stream.consumerLimit("max_ack_pending")));
        }
        if (exceeds(config, stream, "inactive_threshold")) {
            throw ApiError.LONG_INACTIVE.of(
                    GoDuration.text(stream.consumerLimit("inactive_threshold")));
        }
    }

    /// Whether it keeps to what its stream allows.
    public static boolean fits(ConsumerConfig config, StreamConfig stream) {
        return !exceeds(config, stream, "max_ack_pending")
                && !exceeds(config, stream, "inactive_threshold");
    }

    private static boolean exceeds(ConsumerConfig config, StreamConfig stream, String member) {
        long most = stream.consumerLimit(member);
        return most > 0 && config.number(member) > most;
    }

    /// Checks a new consumer of a work queue: each message is for one of its consumers.
    ///
    /// @param others that it has
    /// @throws ApiException where it cannot be
    public static void checkWorker(ConsumerConfig config, List<ConsumerConfig> others) {
        if (!config.text("ack_policy").equals("explicit")) {
            throw ApiError.WORK_WITHOUT_ACKS.plain();
        }
        if (!config.text("deliver_policy").equals("all")) {
            throw ApiError.WORK_LEFT_OUT.plain();
        }
        List<String> filters = config.filterTexts();
        if (filters.isEmpty() && !others.isEmpty()) {
            throw ApiError.WORK_UNFILTERED.plain();
        }
        for (ConsumerConfig other : others) {
            List<String> taken = other.filterTexts();
            boolean overlaps =
                    filters.stream()
                            .anyMatch(one -> taken.stream().anyMatch(two -> Overlap.of(one, two)));
            if (taken.isEmpty() || overlaps) {
                throw ApiError.WORK_SHARED.plain();
            }
        }
    }

    private static void checkStart(ConsumerConfig config) {
        String policy = config.text("deliver_policy");
        boolean sequence = config.number("opt_start_seq") > 0;
        boolean time = Json.ms(config.text("opt_start_time")) >= 0;
        boolean bySequence = policy.equals("by_start_sequence");
        boolean byTime = policy.equals("by_start_time");
        if (bySequence && !sequence) {
            throw ApiError.POLICY.of(
                    "consumer delivery policy is deliver by start sequence, but optional start"
                            + " sequence is not set");
        }
        if (byTime && !time) {
            throw ApiError.POLICY.of(
                    "consumer delivery policy is deliver by start time, but optional start time"
                            + " is not set");
        }
        if ((sequence && !bySequence) || (time && !byTime)) {
            throw ApiError.POLICY.of(
                    "consumer delivery policy is deliver %s, but optional start %s is also set"
                            .formatted(policy.replace('_', ' '), sequence ? "sequence" : "time"));
        }
        boolean filtered =
                !config.text("filter_subject").isEmpty()
                        || !config.texts("filter_subjects").isEmpty();
        if (config.isLastOfEach() && !filtered) {
            throw ApiError.POLICY.of(
                    "consumer delivery policy is deliver last per subject, but optional filter"
                            + " subject is not set");
        }
    }

    private static void checkPush(ConsumerConfig config, StreamConfig stream) {
        String subject = config.text("deliver_subject");
        if (!NatsSubjects.isPattern(subject)) {
            throw ApiError.DELIVER_SUBJECT.plain();
        }
        if (!NatsSubjects.isLiteral(subject)) {
            throw ApiError.DELIVER_WILDCARD.plain();
        }
        if (stream.subjects().stream().anyMatch(each -> NatsSubjects.matches(each, subject))
                || subject.equals(stream.name())) {
            throw ApiError.DELIVER_CYCLE.plain();
        }
        if (config.number("max_waiting") != 0) {
            throw ApiError.PUSH_WAITING.plain();
        }
        long heartbeatNs = config.number("idle_heartbeat");
        if (heartbeatNs != 0 && heartbeatNs < SMALLEST_HEARTBEAT_NS) {
            throw ApiError.SMALL_HEARTBEAT.plain();
        }
        if (config.flag("flow_control") && heartbeatNs == 0) {
            throw ApiError.FLOW_WITHOUT_HEARTBEAT.plain();
        }
    }

    private static void checkPull(ConsumerConfig config, StreamConfig stream) {
        if (!config.acks() && stream.isWorkQueue()) {
            throw ApiError.PULL_WITHOUT_ACKS.plain();
        }
        if (config.number("rate_limit_bps") != 0) {
            throw ApiError.PULL_RATE.plain();
        }
        if (config.number("max_waiting") < 0) {
            throw ApiError.WAITING_NEGATIVE.plain();
        }
        if (config.number("idle_heartbeat") != 0) {
            throw ApiError.PULL_HEARTBEAT.plain();
        }
        if (config.flag("flow_control")) {
            throw ApiError.PULL_FLOW.plain();
        }
        long expiresNs = config.number("max_expires");
        if (expiresNs != 0 && expiresNs < MS) {
            throw ApiError.SMALL_EXPIRES.plain();
        }
    }

    private static void checkAcknowledgements(ConsumerConfig config) {
        int _ = config.samplePercent();
        List<String> backoff = config.texts("backoff");
        long most = config.number("max_deliver");
        if (!backoff.isEmpty() && most > 0 && most < backoff.size()) {
            throw ApiError.BACKOFF.plain();
        }
        if (!config.acks() && config.number("max_ack_pending") > 0) {
            throw ApiError.PENDING_WITHOUT_ACKS.plain();
        }
    }

    private static void checkPriorities(ConsumerConfig config) {
        List<String> groups = config.texts("priority_groups");
        String policy = config.text("priority_policy");
        if (!groups.isEmpty() && config.isPush() && !config.text("deliver_subject").isEmpty()) {
            throw ApiError.PUSH_PRIORITIES.plain();
        }
        if (groups.isEmpty() != policy.isEmpty()) {
            throw policy.isEmpty()
                    ? ApiError.GROUPS_WITHOUT_POLICY.plain()
                    : ApiError.POLICY_WITHOUT_GROUPS.plain();
        }
        if (config.number("priority_timeout") != 0 && !policy.equals("pinned_client")) {
            throw ApiError.PIN_TIME_WITHOUT_POLICY.plain();
        }
        for (String group : groups) {
            if (group.isEmpty()) {
                throw ApiError.EMPTY_GROUP.plain();
            }
            if (!GROUP.matcher(group).matches()) {
                throw ApiError.INVALID_GROUP.plain();
            }
        }
    }
}
