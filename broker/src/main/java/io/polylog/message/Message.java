package io.polylog.message;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The neutral message: what a reader of another protocol than the sender's gets. It exists only at
/// a reader's edge; what is stored keeps the sender's own encoding (see [MessageCodec]).
///
/// @param subject where it was published: routing key, topic name or subject; empty if unknown
/// @param key ordering and compaction key, or null
/// @param properties the fields most protocols have a place for
/// @param headers user headers in the sender's order
/// @param body the payload; null only where the protocol tells "no value" from "empty" (tombstone)
public record Message(
        String subject,
        byte @Nullable [] key,
        Properties properties,
        List<Header> headers,
        @Nullable ByteBuffer body) {

    public Message {
        Objects.requireNonNull(properties, "properties");
        headers = List.copyOf(headers);
    }

    /// The same with another address to answer to.
    public Message answeredTo(String address) {
        return new Message(subject, key, properties.answeredTo(address), headers, body);
    }

    /// The known fields; null (or 0 for a time) means the sender did not set it.
    ///
    /// @param timestampMs milliseconds since 1970 given by the sender, or 0
    /// @param timeToLiveMs milliseconds the message may wait, or -1 for no limit
    /// @param priority 0 to 255, or -1 when unset
    public record Properties(
            @Nullable String contentType,
            @Nullable String contentEncoding,
            @Nullable String correlationId,
            @Nullable String replyTo,
            @Nullable String messageId,
            @Nullable String type,
            @Nullable String userId,
            @Nullable String appId,
            long timestampMs,
            long timeToLiveMs,
            int priority) {

        /// Nothing set.
        public static final Properties NONE =
                new Properties(null, null, null, null, null, null, null, null, 0, -1, -1);

        private Properties answeredTo(String address) {
            return new Properties(
                    contentType,
                    contentEncoding,
                    correlationId,
                    address,
                    messageId,
                    type,
                    userId,
                    appId,
                    timestampMs,
                    timeToLiveMs,
                    priority);
        }
    }
}
