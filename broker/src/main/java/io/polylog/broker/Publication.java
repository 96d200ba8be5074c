package io.polylog.broker;

import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One message on its way in.
///
/// @param address where it is to go
/// @param content what is stored
public record Publication(Address address, Content content) {

    /// Where a message is to go. One publish is one routing decision.
    public sealed interface Address {
        /// To one topic or queue by name, touching no subject. Partition -1: by key (murmur2), else
        /// one partition per session.
        record Direct(TopicName topic, int partition) implements Address {}

        /// To an exchange. The default exchange "" addresses like [Direct].
        ///
        /// @param headers the message's headers by name, asked for only by a headers exchange
        record Via(
                String namespace,
                String exchange,
                String routingKey,
                Supplier<Map<String, @Nullable Object>> headers)
                implements Address {}

        /// To the one subject space: every durable named topic of that name and every binding that
        /// matches.
        record Subject(String namespace, String subject) implements Address {}
    }

    /// What is stored of a message, and what the core must know of it.
    ///
    /// @param encoding tag of the [io.polylog.message.MessageCodec] that opens it
    /// @param envelope what the core must know
    /// @param bytes the message in the sender's encoding, at most
    ///   [io.polylog.log.Command#LARGEST_PAYLOAD_BYTES]; not changed until answered
    public record Content(byte encoding, Envelope envelope, ByteBuffer bytes) {}

    /// What the core must know of a message without opening it.
    ///
    /// @param timestampMs the sender's time in milliseconds since 1970, or 0
    /// @param timeToLiveMs milliseconds it may wait, or -1
    /// @param priority 0 to 255, or -1 when unset
    /// @param key ordering and compaction key, or null
    /// @param tombstone whether it says that its key has no value any more
    public record Envelope(
            long timestampMs,
            long timeToLiveMs,
            int priority,
            byte @Nullable [] key,
            boolean tombstone) {
        public static final Envelope PLAIN = new Envelope(0, -1, -1, null);

        /// Of a message that has a value.
        public Envelope(long timestampMs, long timeToLiveMs, int priority, byte @Nullable [] key) {
            this(timestampMs, timeToLiveMs, priority, key, false);
        }
    }
}
