package io.polylog.protocol.amqp091;

import io.polylog.broker.Publication.Envelope;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// When a message is to be delivered: in so many milliseconds, by `x-polylog-delay` anywhere or by
/// `x-delay` where its exchange asks for it, or at a time, by `x-polylog-deliver-at`. Any thread.
final class DelayHeaders {
    /// The longest `x-delay`, that of RabbitMQ's plugin.
    private static final long MAX_PLUGIN_MS = 0xFFFF_FFFFL;

    /// A hundred years of 365 days.
    private static final long MAX_MS = 100L * 365 * 86_400_000;

    private static final List<String> NAMES =
            List.of(TableScan.DELAY, TableScan.OUR_DELAY, TableScan.DELIVER_AT);
    private static final int PLUGIN = TableScan.bit(TableScan.DELAY);
    private static final int OUR_DELAY = TableScan.bit(TableScan.OUR_DELAY);
    private static final int OURS = OUR_DELAY | TableScan.bit(TableScan.DELIVER_AT);

    private DelayHeaders() {}

    /// The envelope with the delay that a message says, if it says one.
    ///
    /// @param notable as [AmqpProperties#notableHeaders] gives it
    /// @param byExchange whether its exchange asks for `x-delay`
    /// @param wallMs milliseconds since 1970
    /// @throws AmqpException PRECONDITION_FAILED if it makes no sense
    static Envelope delayed(
            Envelope envelope,
            AmqpProperties properties,
            int notable,
            boolean byExchange,
            LongSupplier wallMs) {
        int said = notable & (byExchange ? PLUGIN | OURS : OURS);
        if (said == 0) {
            return envelope;
        }
        if (Integer.bitCount(said) > 1) {
            throw contradiction(said);
        }
        String name = NAMES.get(said == PLUGIN ? 0 : said == OUR_DELAY ? 1 : 2);
        Map<String, @Nullable Object> headers = properties.headers();
        long delayMs =
                switch (name) {
                    case TableScan.DELAY -> plugin(headers.get(name));
                    case TableScan.OUR_DELAY -> number(name, headers.get(name));
                    default -> timeMs(name, headers.get(name)) - wallMs.getAsLong();
                };
        if (delayMs > MAX_MS) {
            throw invalid(name, headers.get(name), "it is more than a hundred years");
        }
        return delayMs <= 0 ? envelope : envelope.delayed(delayMs);
    }

    private static long plugin(@Nullable Object value) {
        return value instanceof Number number ? Math.min(number.longValue(), MAX_PLUGIN_MS) : 0;
    }

    private static long number(String name, @Nullable Object value) {
        if (!QueueArguments.isWhole(value)) {
            throw invalid(name, value, "it is no whole number of milliseconds");
        }
        return QueueArguments.number(value);
    }

    private static long timeMs(String name, @Nullable Object value) {
        return switch (value) {
            case Instant time -> time.toEpochMilli();
            case String text -> parsed(name, text);
            case null, default -> number(name, value);
        };
    }

    private static long parsed(String name, String text) {
        try {
            return Instant.parse(text).toEpochMilli();
        } catch (DateTimeException bad) {
            throw invalid(name, text, "it is no time such as 2026-01-31T12:00:00Z");
        }
    }

    private static AmqpException contradiction(int said) {
        List<String> names =
                NAMES.stream().filter(name -> (said & TableScan.bit(name)) != 0).toList();
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "headers '%s' and '%s' contradict each other"
                        .formatted(names.getFirst(), names.getLast()));
    }

    private static AmqpException invalid(String name, @Nullable Object value, String why) {
        return AmqpException.of(
                ReplyCode.PRECONDITION_FAILED,
                "invalid header '%s': %s, %s".formatted(name, value, why));
    }
}
