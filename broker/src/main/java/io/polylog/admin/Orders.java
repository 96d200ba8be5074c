package io.polylog.admin;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec.Start;
import io.polylog.broker.Destination;
import io.polylog.broker.Operations.Filter;
import io.polylog.broker.Operations.Selection;
import io.polylog.broker.SubscriptionRef;
import io.polylog.broker.Trail.Cause;
import io.polylog.message.Revision;
import io.polylog.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What requests say in their bodies, as JSON objects of these fields; what is left out is null.
final class Orders {
    private static final Pattern OFFSET = Pattern.compile("\\d{1,18}");

    private Orders() {}

    /// A queue or subscription.
    record Target(
            @Nullable String namespace,
            @Nullable String name,
            @Nullable String subscription,
            @Nullable Integer partition) {
        SubscriptionRef ref() {
            return new SubscriptionRef(
                    topic(namespace, name),
                    subscription == null ? "" : subscription,
                    partition == null ? SubscriptionRef.EVERY_PARTITION : partition);
        }
    }

    /// A queue to be removed, perhaps only if it is not used or holds nothing.
    record Removal(
            @Nullable String namespace,
            @Nullable String name,
            @Nullable Boolean ifUnused,
            @Nullable Boolean ifEmpty) {
        TopicName queue() {
            return topic(namespace, name);
        }
    }

    /// What a queue or subscription has settled and is to deliver once more.
    ///
    /// @param to from where on: `first`, `last`, `next` (nothing), an offset, or a time
    record Again(
            @Nullable String namespace,
            @Nullable String name,
            @Nullable String subscription,
            @Nullable Integer partition,
            @Nullable String to) {
        SubscriptionRef ref() {
            return new Target(namespace, name, subscription, partition).ref();
        }

        Start start() {
            return switch (to) {
                case "first" -> Start.Edge.FIRST;
                case "last" -> Start.Edge.LAST;
                case "next" -> Start.Edge.NEXT;
                case String offset when OFFSET.matcher(offset).matches() ->
                        new Start.Offset(Long.parseLong(offset));
                case String time -> new Start.Time(timeMs(time));
                case null -> throw invalid("'to' is missing: first, an offset or a time");
            };
        }
    }

    /// Messages of a queue, and what becomes of them.
    record Some(
            @Nullable String namespace,
            @Nullable String name,
            @Nullable List<Long> offsets,
            @Nullable Long from,
            @Nullable Long limit,
            @Nullable Matching matching,
            @Nullable To to,
            @Nullable Integer perSecond,
            @Nullable Boolean dryRun) {
        Selection selection() {
            return new Selection(
                    topic(namespace, name),
                    offsets == null ? List.of() : offsets,
                    from == null ? 0 : from,
                    limit == null ? Long.MAX_VALUE : limit,
                    matching == null ? Filter.ANY : matching.filter());
        }

        Destination destination() {
            return to == null ? new Destination.Origin() : to.destination();
        }

        int pace() {
            int pace = perSecond == null ? 0 : perSecond;
            if (pace < 0) {
                throw invalid("perSecond is negative");
            }
            return pace;
        }

        boolean isDry() {
            return isTrue(dryRun);
        }
    }

    /// Which of them.
    record Matching(
            @Nullable String reason,
            @Nullable String origin,
            @Nullable String since,
            @Nullable String until,
            @Nullable Map<String, String> headers) {
        Filter filter() {
            return new Filter(
                    reason == null ? null : cause(reason),
                    origin,
                    since == null ? 0 : timeMs(since),
                    until == null ? Long.MAX_VALUE : timeMs(until),
                    headers == null ? Map.of() : headers);
        }
    }

    /// Where to: a queue, or an exchange and a key.
    record To(@Nullable String queue, @Nullable String exchange, @Nullable String key) {
        Destination destination() {
            if (queue != null && exchange == null && key == null) {
                return Destination.queue(queue);
            }
            if (queue == null && exchange != null) {
                return new Destination.Via(exchange, key == null ? "" : key);
            }
            throw invalid("'to' is a queue, or an exchange and a key");
        }
    }

    /// One message and what is to be different.
    record Change(
            @Nullable String namespace,
            @Nullable String name,
            @Nullable Long offset,
            @Nullable String body,
            @Nullable String bodyBase64,
            @Nullable Map<String, String> headers,
            @Nullable List<String> removeHeaders) {
        TopicName queue() {
            return topic(namespace, name);
        }

        long place() {
            if (offset == null) {
                throw invalid("'offset' is missing");
            }
            return offset;
        }

        Revision revision() {
            byte @Nullable [] bytes = body == null ? null : body.getBytes(StandardCharsets.UTF_8);
            if (bodyBase64 != null) {
                bytes = Base64.getDecoder().decode(bodyBase64);
            }
            return new Revision(
                    bytes,
                    headers == null ? Map.of() : headers,
                    removeHeaders == null ? Set.of() : Set.copyOf(removeHeaders));
        }
    }

    static boolean isTrue(@Nullable Boolean said) {
        return said != null && said;
    }

    static TopicName topic(@Nullable String namespace, @Nullable String name) {
        if (name == null || name.isEmpty()) {
            throw invalid("'name' is missing: which queue?");
        }
        return new TopicName(namespace == null ? TopicName.DEFAULT_NAMESPACE : namespace, name);
    }

    private static Cause cause(String reason) {
        try {
            return Cause.valueOf(reason.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException unknown) {
            String known = Arrays.toString(Cause.values()).toLowerCase(Locale.ROOT);
            throw invalid("'reason' is one of " + known);
        }
    }

    private static long timeMs(String time) {
        try {
            return Instant.parse(time).toEpochMilli();
        } catch (DateTimeException bad) {
            throw invalid("'" + time + "' is no time such as 2026-01-31T12:00:00Z");
        }
    }

    private static BrokerException invalid(String why) {
        return new BrokerException(Kind.INVALID, why);
    }
}
