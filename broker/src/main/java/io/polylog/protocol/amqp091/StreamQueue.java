package io.polylog.protocol.amqp091;

import io.polylog.broker.QueuePolicy;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import io.polylog.protocol.amqp091.AmqpFrame.QueueFlags;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Queues declared with `x-queue-type` stream: topics of one partition that are kept by age and
/// size, and read by cursors. Their arguments, and what RabbitMQ refuses to do with them. Any
/// thread.
final class StreamQueue {
    static final String TYPE = "stream";
    private static final String MAX_AGE = "x-max-age";
    private static final String MAX_BYTES = "x-max-length-bytes";
    private static final long MOST_SEGMENT_BYTES = 3_000_000_000L;

    /// Those of RabbitMQ's that make sense for a stream, of which all but two change nothing here;
    /// and ours.
    private static final Set<String> ARGUMENTS =
            Set.of(
                    QueueArguments.TYPE,
                    MAX_AGE,
                    MAX_BYTES,
                    AdmissionArguments.WINDOW,
                    AdmissionArguments.COUNT,
                    AdmissionArguments.VERSIONS,
                    "x-stream-max-segment-size-bytes",
                    "x-stream-filter-size-bytes",
                    "x-initial-cluster-size",
                    "x-queue-leader-locator");

    private StreamQueue() {}

    /// Whether a declaration asks for one.
    static boolean isAsked(Map<String, @Nullable Object> arguments) {
        return TYPE.equals(arguments.get(QueueArguments.TYPE));
    }

    /// Whether it was declared as one.
    static boolean is(TopicSpec spec) {
        return QueueArguments.typeOf(spec.arguments()).equals(TYPE);
    }

    /// The stream that is asked for.
    ///
    /// @throws AmqpException if an argument or a flag makes no sense for one
    static TopicSpec spec(
            TopicName name,
            QueueFlags flags,
            boolean listed,
            Map<String, @Nullable Object> arguments) {
        QueueArguments.checkPermanent(name, flags);
        Map<String, String> kept = new HashMap<>();
        arguments.forEach((key, value) -> {
            if (ARGUMENTS.contains(key)) {
                kept.put(key, checked(name, key, value));
            } else if (QueueArguments.isKnown(key)) {
                throw invalid(name, key, " of queue type rabbit_stream_queue");
            }
        });
        Object age = arguments.get(MAX_AGE);
        Object bytes = arguments.get(MAX_BYTES);
        return new TopicSpec(
                name,
                Form.MESSAGES,
                1,
                new Retention(
                        age instanceof String text ? StartArgument.intervalMs(text) : -1,
                        bytes instanceof Number most ? most.longValue() : -1,
                        false,
                        false),
                new Lifetime(true, false, false, listed, false),
                QueuePolicy.NONE.with(
                        AdmissionArguments.of(kept, Names.queue(name.name(), name.namespace()))),
                kept);
    }

    private static String checked(TopicName name, String key, @Nullable Object value) {
        switch (key) {
            case MAX_AGE -> {
                if (!(value instanceof String text) || StartArgument.intervalMs(text) <= 0) {
                    throw invalid(name, key, ": invalid_max_age");
                }
            }
            case "x-stream-max-segment-size-bytes" -> {
                if (number(name, key, value) > MOST_SEGMENT_BYTES) {
                    throw precondition("Exceeded max value for " + key);
                }
            }
            case "x-stream-filter-size-bytes" -> {
                long size = number(name, key, value);
                if (size < 16 || size > 255) {
                    throw precondition("Invalid value for " + key);
                }
            }
            case AdmissionArguments.WINDOW, AdmissionArguments.COUNT -> {
                if (number(name, key, value) <= 0) {
                    throw invalid(name, key, ": " + value);
                }
            }
            case AdmissionArguments.VERSIONS -> {
                if (!(value instanceof String by) || !QueuePolicies.isOrderingKey(by)) {
                    throw invalid(name, key, ": " + value);
                }
            }
            case MAX_BYTES, "x-initial-cluster-size" -> {
                if (number(name, key, value) < 0) {
                    throw invalid(name, key, ": {value_negative," + value + "}");
                }
            }
            default -> {}
        }
        return value instanceof String text
                ? "longstr:" + text
                : "long:" + number(name, key, value);
    }

    private static long number(TopicName name, String key, @Nullable Object value) {
        if (!QueueArguments.isWhole(value)) {
            throw invalid(name, key, ": unacceptable type");
        }
        return QueueArguments.number(value);
    }

    private static AmqpException invalid(TopicName name, String key, String why) {
        String queue = Names.queue(name.name(), name.namespace());
        return precondition("invalid arg '" + key + "' for " + queue + why);
    }

    private static AmqpException precondition(String text) {
        return AmqpException.of(ReplyCode.PRECONDITION_FAILED, text);
    }

    // What cannot be done with one ---------------------------------------------------------------

    /// Refuses a consumer that a cursor cannot serve as it asks.
    ///
    /// @param queue how errors name it
    /// @param prefetch of the consumer, 0 for no limit
    /// @param global whether the channel has a limit for its consumers together
    static void checkConsumer(String queue, int prefetch, boolean noAck, boolean global) {
        if (prefetch == 0) {
            throw precondition("consumer prefetch count is not set for stream " + queue);
        }
        if (noAck) {
            throw notImplemented("automatic acknowledgement not supported by stream " + queue);
        }
        if (global) {
            throw notImplemented(queue + " does not support global qos");
        }
    }

    static AmqpException noGet(String queue) {
        return notImplemented("basic.get not supported by stream queues " + queue);
    }

    static AmqpException noPurge(String queue) {
        return notImplemented("queue.purge not supported by stream queues " + queue);
    }

    private static AmqpException notImplemented(String text) {
        return AmqpException.of(ReplyCode.NOT_IMPLEMENTED, text);
    }
}
