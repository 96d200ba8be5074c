package io.polylog.protocol.amqp091;

import io.polylog.broker.Filter;
import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import io.polylog.protocol.amqp091.AmqpFrame.QueueFlags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a queue.declare asks for, and how two of them differ. Arguments are kept as `type:value`,
/// so that a later declaration is compared by both, as RabbitMQ does; only those that RabbitMQ
/// knows count. Any thread.
final class QueueArguments {
    private static final Logger log = LoggerFactory.getLogger(QueueArguments.class);
    static final String TYPE = "x-queue-type";
    private static final String CLASSIC = "classic";
    private static final String QUORUM = "quorum";
    private static final String OVERFLOW = "x-overflow";
    private static final String REJECT_TO_DEAD_LETTERS = "reject-publish-dlx";
    private static final Set<String> OVERFLOWS =
            Set.of(
                    "longstr:drop-head",
                    "longstr:reject-publish",
                    "longstr:" + REJECT_TO_DEAD_LETTERS);
    private static final String DEAD_LETTER_EXCHANGE = "x-dead-letter-exchange";
    private static final String DEAD_LETTER_KEY = "x-dead-letter-routing-key";

    /// Known arguments and what their values must be.
    private static final Map<String, Rule> RULES =
            Map.ofEntries(
                    Map.entry("x-message-ttl", Rule.COUNT),
                    Map.entry("x-expires", Rule.POSITIVE),
                    Map.entry("x-max-length", Rule.COUNT),
                    Map.entry("x-max-length-bytes", Rule.COUNT),
                    Map.entry("x-max-priority", Rule.PRIORITY),
                    Map.entry("x-delivery-limit", Rule.INTEGER),
                    Map.entry(RetryArguments.TYPE, Rule.TEXT),
                    Map.entry(RetryArguments.MIN, Rule.COUNT),
                    Map.entry(RetryArguments.MAX, Rule.COUNT),
                    Map.entry(RetryArguments.OURS, Rule.TEXT),
                    Map.entry("x-consumer-timeout", Rule.COUNT),
                    Map.entry(DEAD_LETTER_EXCHANGE, Rule.TEXT),
                    Map.entry(DEAD_LETTER_KEY, Rule.TEXT),
                    Map.entry("x-dead-letter-strategy", Rule.TEXT),
                    Map.entry(OVERFLOW, Rule.TEXT),
                    Map.entry("x-single-active-consumer", Rule.FLAG),
                    Map.entry("x-queue-mode", Rule.TEXT),
                    Map.entry("x-queue-version", Rule.COUNT),
                    Map.entry("x-quorum-initial-group-size", Rule.POSITIVE),
                    Map.entry(QueuePolicies.ORDERING_KEY, Rule.ORDERING_KEY),
                    Map.entry(QueuePolicies.FAIR_SHARE, Rule.ORDERING_KEY),
                    Map.entry(AdmissionArguments.WINDOW, Rule.POSITIVE),
                    Map.entry(AdmissionArguments.COUNT, Rule.POSITIVE),
                    Map.entry(FilterArguments.SQL, Rule.TEXT),
                    Map.entry(FilterArguments.HEADERS, Rule.TABLE),
                    Map.entry(FilterArguments.SUBJECT, Rule.TEXT),
                    Map.entry(FilterArguments.TRANSFORM, Rule.TEXT),
                    Map.entry(QueuePolicies.KEEP_MS, Rule.POSITIVE),
                    Map.entry(QueuePolicies.KEEP_BYTES, Rule.POSITIVE),
                    Map.entry(AdmissionArguments.VERSIONS, Rule.ORDERING_KEY),
                    Map.entry(AdmissionArguments.SCHEMA, Rule.TEXT),
                    Map.entry(TYPE, Rule.TEXT));

    /// Unknown arguments that somebody was told of; beyond so many nobody is.
    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    private static final int MOST_TOLD = 1_000;

    private enum Rule {
        INTEGER,
        COUNT,
        POSITIVE,
        PRIORITY,
        ORDERING_KEY,
        TEXT,
        TABLE,
        FLAG
    }

    private QueueArguments() {}

    /// The queue that is asked for.
    ///
    /// @throws AmqpException if an argument makes no sense
    static TopicSpec spec(
            TopicName name, QueueFlags flags, Map<String, @Nullable Object> arguments) {
        boolean listed =
                !flags.exclusive()
                        && !flags.autoDelete()
                        && !name.name().startsWith(Names.RESERVED)
                        && !name.name().startsWith("$")
                        && !name.name().startsWith("__");
        if (StreamQueue.isAsked(arguments)) {
            return StreamQueue.spec(name, flags, listed, arguments);
        }
        Map<String, String> kept = new HashMap<>();
        arguments.forEach((key, value) -> {
            Rule rule = RULES.get(key);
            if (rule != null) {
                kept.put(key, checked(name, key, value, rule));
            } else {
                tell(name, key);
            }
        });
        checkType(name, flags, kept);
        checkTogether(name, kept);
        return new TopicSpec(
                name,
                Form.MESSAGES,
                1,
                Retention.QUEUE,
                new Lifetime(flags.durable(), flags.autoDelete(), flags.exclusive(), listed, false),
                policy(name, kept, arguments),
                kept);
    }

    private static QueuePolicy policy(
            TopicName queue, Map<String, String> kept, Map<String, @Nullable Object> arguments) {
        String named = Names.queue(queue.name(), queue.namespace());
        QueuePolicy policy = QueuePolicies.of(kept, typeOf(kept).equals(QUORUM), named);
        Filter filter = FilterArguments.of(arguments, named);
        return filter.isPlain() ? policy : policy.with(policy.service().with(filter));
    }

    /// As in RabbitMQ an unknown argument is no error; but it may be a slip of the pen.
    private static void tell(TopicName queue, String argument) {
        if (argument.startsWith("x-") && TOLD.size() < MOST_TOLD && TOLD.add(argument)) {
            log.warn("queue {}: argument {} is unknown and has no effect", queue, argument);
        }
    }

    private static String checked(TopicName queue, String key, @Nullable Object value, Rule rule) {
        boolean sound =
                switch (rule) {
                    case TEXT -> value instanceof String;
                    case FLAG -> value instanceof Boolean;
                    case TABLE -> value instanceof Map<?, ?>;
                    case ORDERING_KEY ->
                            value instanceof String by && QueuePolicies.isOrderingKey(by);
                    case INTEGER -> isWhole(value);
                    case COUNT -> isWhole(value) && number(value) >= 0;
                    case POSITIVE -> isWhole(value) && number(value) > 0;
                    case PRIORITY -> isWhole(value) && number(value) >= 0 && number(value) <= 255;
                };
        if (!sound) {
            throw AmqpException.invalidArgument(
                    key, Names.queue(queue.name(), queue.namespace()), value);
        }
        return switch (value) {
            case String text -> "longstr:" + text;
            case Boolean flag -> "bool:" + flag;
            case Map<?, ?> table -> "table:" + FilterArguments.described(table);
            case null, default -> "long:" + number(value);
        };
    }

    /// Refuses arguments that contradict each other.
    private static void checkTogether(TopicName queue, Map<String, String> kept) {
        String named = Names.queue(queue.name(), queue.namespace());
        if (kept.containsKey(DEAD_LETTER_KEY) && !kept.containsKey(DEAD_LETTER_EXCHANGE)) {
            throw AmqpException.invalidArgument(
                    DEAD_LETTER_KEY,
                    named,
                    "routing_key_but_no_dlx_defined, it needs '%s' too"
                            .formatted(DEAD_LETTER_EXCHANGE));
        }
        String overflow = kept.getOrDefault(OVERFLOW, "longstr:drop-head");
        if (!OVERFLOWS.contains(overflow)) {
            throw AmqpException.invalidArgument(OVERFLOW, named, value(overflow));
        }
        boolean sends = overflow.endsWith(REJECT_TO_DEAD_LETTERS);
        if (sends && typeOf(kept).equals(QUORUM)) {
            throw AmqpException.invalidArgument(
                    OVERFLOW,
                    named,
                    "%s is not for '%s' '%s'".formatted(REJECT_TO_DEAD_LETTERS, TYPE, QUORUM));
        }
        for (String other : List.of("x-max-priority", QueuePolicies.FAIR_SHARE)) {
            if (kept.containsKey(QueuePolicies.ORDERING_KEY) && kept.containsKey(other)) {
                throw AmqpException.of(
                        ReplyCode.PRECONDITION_FAILED,
                        "%s and %s for %s contradict each other"
                                .formatted(QueuePolicies.ORDERING_KEY, other, named));
            }
        }
    }

    /// Whether a value of a field table is a whole number.
    static boolean isWhole(@Nullable Object value) {
        return value instanceof Byte
                || value instanceof Short
                || value instanceof Integer
                || value instanceof Long;
    }

    /// A whole number of a field table; -1 of anything else.
    static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : -1;
    }

    /// Classic and quorum queues are the same thing here; classic is what is meant where nothing is
    /// said, so it is not kept.
    private static void checkType(TopicName queue, QueueFlags flags, Map<String, String> kept) {
        String type = typeOf(kept);
        String named = Names.queue(queue.name(), queue.namespace());
        switch (type) {
            case CLASSIC -> kept.remove(TYPE);
            case QUORUM -> checkPermanent(queue, flags);
            default ->
                    throw AmqpException.of(
                            ReplyCode.PRECONDITION_FAILED,
                            "invalid arg 'x-queue-type' for "
                                    + named
                                    + ": unknown queue type '"
                                    + type
                                    + "'");
        }
    }

    /// Some kinds of queues are durable and for everybody.
    static void checkPermanent(TopicName queue, QueueFlags flags) {
        String named = Names.queue(queue.name(), queue.namespace());
        if (!flags.durable()) {
            throw invalidProperty("non-durable", named);
        }
        if (flags.exclusive()) {
            throw invalidProperty("exclusive-owner", named);
        }
        if (flags.autoDelete()) {
            throw invalidProperty("auto-delete", named);
        }
    }

    /// Whether it means something for a queue of any type but a stream.
    static boolean isKnown(String argument) {
        return RULES.containsKey(argument);
    }

    private static AmqpException invalidProperty(String property, String queue) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED, "invalid property '" + property + "' for " + queue);
    }

    /// Whether it was declared with `x-queue-type` quorum.
    static boolean isQuorum(TopicSpec spec) {
        return typeOf(spec.arguments()).equals(QUORUM);
    }

    static String typeOf(Map<String, String> arguments) {
        return value(arguments.getOrDefault(TYPE, "longstr:" + CLASSIC));
    }

    /// The value of a kept argument, or null.
    static @Nullable String text(Map<String, String> arguments, String name) {
        String kept = arguments.get(name);
        return kept == null ? null : value(kept);
    }

    private static String value(String kept) {
        return kept.substring(kept.indexOf(':') + 1);
    }

    /// The error for a declaration that differs from the queue that is there: names the first
    /// difference.
    static AmqpException inequivalent(TopicSpec existing, TopicSpec wanted) {
        TopicName name = wanted.name();
        if (!existing.isQueue() && !StreamQueue.is(existing)) {
            return differs(TYPE, name, "'" + typeOf(wanted.arguments()) + "'", "'topic'");
        }
        Lifetime is = existing.lifetime();
        Lifetime asked = wanted.lifetime();
        if (is.exclusive() != asked.exclusive()) {
            return Names.locked(name.name(), name.namespace());
        }
        if (is.durable() != asked.durable()) {
            return differs("durable", name, quoted(asked.durable()), quoted(is.durable()));
        }
        if (is.autoDelete() != asked.autoDelete()) {
            return differs(
                    "auto_delete", name, quoted(asked.autoDelete()), quoted(is.autoDelete()));
        }
        if (!typeOf(existing.arguments()).equals(typeOf(wanted.arguments()))) {
            return differs(
                    TYPE,
                    name,
                    "'" + typeOf(wanted.arguments()) + "'",
                    "'" + typeOf(existing.arguments()) + "'");
        }
        Set<String> all = new TreeSet<>(existing.arguments().keySet());
        all.addAll(wanted.arguments().keySet());
        for (String key : all) {
            String received = wanted.arguments().get(key);
            String current = existing.arguments().get(key);
            if (received == null || !received.equals(current)) {
                return differs(key, name, described(received), described(current));
            }
        }
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                Names.queue(name.name(), name.namespace()) + " exists and is another kind");
    }

    private static String quoted(boolean value) {
        return "'" + value + "'";
    }

    private static String described(@Nullable String kept) {
        if (kept == null) {
            return "none";
        }
        int colon = kept.indexOf(':');
        return "the value '%s' of type '%s'"
                .formatted(kept.substring(colon + 1), kept.substring(0, colon));
    }

    private static AmqpException differs(
            String argument, TopicName queue, String received, String current) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "inequivalent arg '%s' for %s: received %s but current is %s"
                        .formatted(
                                argument,
                                Names.queue(queue.name(), queue.namespace()),
                                received,
                                current));
    }
}
