package io.polylog.protocol.amqp091;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.QueuePolicy.DeadLetters;
import io.polylog.broker.QueuePolicy.Expiry;
import io.polylog.broker.QueuePolicy.Keep;
import io.polylog.broker.QueuePolicy.KeyOrder;
import io.polylog.broker.QueuePolicy.Limits;
import io.polylog.broker.QueuePolicy.Overflow;
import io.polylog.broker.QueuePolicy.Priorities;
import io.polylog.broker.QueuePolicy.Service;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a queue's arguments ask the core for. They come checked by [QueueArguments], as
/// `type:value`. Any thread.
final class QueuePolicies {
    /// How often a message of a quorum queue may come back where nothing is said.
    private static final int QUORUM_DELIVERY_LIMIT = 20;

    /// A quorum queue has these levels whatever it says.
    private static final Priorities QUORUM_PRIORITIES = new Priorities(32, 4);

    /// `key`, `routing-key` or `header:` and the header's name.
    static final String ORDERING_KEY = "x-polylog-ordering-key";

    /// By which key messages take turns, in the same words.
    static final String FAIR_SHARE = "x-polylog-fair-share";

    /// How long, and how much of, what is settled is kept.
    static final String KEEP_MS = "x-polylog-keep-ms";

    static final String KEEP_BYTES = "x-polylog-keep-bytes";

    private QueuePolicies() {}

    /// @param queue how errors name it
    static QueuePolicy of(Map<String, String> arguments, boolean quorum, String queue) {
        QueuePolicy policy =
                QueuePolicy.NONE
                        .with(
                                new Expiry(
                                        number(arguments, "x-message-ttl", -1),
                                        number(arguments, "x-expires", -1)))
                        .with(limits(arguments))
                        .with(deadLetters(arguments))
                        .with(service(arguments, quorum))
                        .with(AdmissionArguments.of(arguments, queue))
                        .with(
                                new Keep(
                                        number(arguments, KEEP_MS, -1),
                                        number(arguments, KEEP_BYTES, -1)));
        int fallback = quorum ? QUORUM_DELIVERY_LIMIT : -1;
        long limit = quorum ? number(arguments, "x-delivery-limit", fallback) : -1;
        int most = Math.clamp(limit, -1, Integer.MAX_VALUE);
        return policy.with(RetryArguments.of(arguments, most, quorum, queue));
    }

    private static Service service(Map<String, String> arguments, boolean quorum) {
        boolean single = "true".equals(QueueArguments.text(arguments, "x-single-active-consumer"));
        int highest = (int) number(arguments, "x-max-priority", 0);
        KeyOrder keyOrder = keyOrder(QueueArguments.text(arguments, ORDERING_KEY));
        Priorities priorities = quorum ? QUORUM_PRIORITIES : new Priorities(highest + 1, 0);
        if (!keyOrder.isNone()) {
            priorities = Priorities.NONE;
        }
        long timeoutMs = number(arguments, "x-consumer-timeout", 0);
        Service service = new Service(single, priorities, timeoutMs == 0 ? -1 : timeoutMs);
        return keyOrder.isNone()
                ? service.sharing(keyOrder(QueueArguments.text(arguments, FAIR_SHARE)))
                : service.with(keyOrder);
    }

    /// Whether it names a key.
    static boolean isOrderingKey(String text) {
        return !keyOrder(text).isNone();
    }

    static KeyOrder keyOrder(@Nullable String text) {
        return text == null ? KeyOrder.NONE : KeyOrder.named(text);
    }

    private static Limits limits(Map<String, String> arguments) {
        long count = number(arguments, "x-max-length", -1);
        long bytes = number(arguments, "x-max-length-bytes", -1);
        return new Limits(count, bytes, overflow(QueueArguments.text(arguments, "x-overflow")));
    }

    private static Overflow overflow(@Nullable String named) {
        return switch (named) {
            case "reject-publish" -> Overflow.REFUSE;
            case "reject-publish-dlx" -> Overflow.REFUSE_TO_DEAD_LETTERS;
            case null, default -> Overflow.DROP_OLDEST;
        };
    }

    private static @Nullable DeadLetters deadLetters(Map<String, String> arguments) {
        String exchange = QueueArguments.text(arguments, "x-dead-letter-exchange");
        return exchange == null
                ? null
                : new DeadLetters(
                        exchange, QueueArguments.text(arguments, "x-dead-letter-routing-key"));
    }

    private static long number(Map<String, String> arguments, String name, long fallback) {
        String kept = QueueArguments.text(arguments, name);
        return kept == null ? fallback : Long.parseLong(kept);
    }
}
