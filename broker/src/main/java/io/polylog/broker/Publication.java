package io.polylog.broker;

import io.polylog.message.Message;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message on its way in.
///
/// @param address where it is to go
/// @param content what is stored
/// @param expectation what must hold for it to be stored, or null
/// @param asks of which topic its sender wants to be told where it is placed
///   ([PublishListener.Outcomes#placed]), or null for none; whether the sender may know that is the
///   caller's to decide
/// @param replaces what goes when it is stored, in the topic that its sender asks about, or else in
///   the one it goes to; whether the sender may do that is the caller's to decide
public record Publication(
        Address address,
        Content content,
        @Nullable Expectation expectation,
        @Nullable TopicName asks,
        Replaces replaces) {

    /// Of one that replaces nothing.
    public Publication(
            Address address,
            Content content,
            @Nullable Expectation expectation,
            @Nullable TopicName asks) {
        this(address, content, expectation, asks, Replaces.NOTHING);
    }

    /// Of one that asks nothing.
    public Publication(Address address, Content content, @Nullable Expectation expectation) {
        this(address, content, expectation, null);
    }

    /// Whatever there is already.
    public Publication(Address address, Content content) {
        this(address, content, null);
    }

    /// The same of a sender that wants to be told where it is placed in a topic.
    public Publication asking(TopicName topic) {
        return new Publication(address, content, expectation, topic, replaces);
    }

    /// The same that is stored only where something holds.
    public Publication expecting(Expectation what) {
        return new Publication(address, content, what, asks, replaces);
    }

    /// The same that takes the place of others.
    public Publication replacing(Replaces what) {
        return new Publication(address, content, expectation, asks, what);
    }

    /// What goes for a message when it is stored: all that was there before, as one with it. Only
    /// of a topic whose messages can be removed. The order is the log's: add at the end only.
    public enum Replaces {
        NOTHING,
        /// What has its subject; only with an index ([QueuePolicy.Admission#indexed]).
        KEY,
        /// Everything.
        STREAM;

        public static final List<Replaces> ALL = List.of(values());
    }

    /// What its sender takes to be the newest message. Where another one is, nothing is stored. Of
    /// several targets one decides for all: where it does not store the message, or any of them is
    /// full, none has it.
    ///
    /// @param of among which
    /// @param offset that the newest has, or -1 for none
    /// @param topic which of its targets it is about, or null: the one that its sender asks about
    ///   ([Publication#asks]), or the only one
    /// @param key of [Scope#KEY]: another key than the message's own, as text, or null; of
    ///   [Scope#FITTING] the pattern
    public record Expectation(
            Scope of, long offset, @Nullable TopicName topic, @Nullable String key) {
        public Expectation {
            if (offset < -1 || (of == Scope.ANY && offset != -1)) {
                throw new IllegalArgumentException("no offset " + offset);
            }
            if (key != null && of != Scope.KEY && of != Scope.FITTING) {
                throw new IllegalArgumentException("a key for what is not about one");
            }
            if (key == null && of == Scope.FITTING) {
                throw new IllegalArgumentException("no pattern");
            }
        }

        /// About its sender's topic, and the message's own key.
        public Expectation(Scope of, long offset) {
            this(of, offset, null, null);
        }

        /// The same about one of several targets.
        public Expectation in(TopicName target) {
            return new Expectation(of, offset, target, key);
        }

        /// The same about another key than the message's own.
        public Expectation about(String otherKey) {
            return new Expectation(of, offset, topic, otherKey);
        }
    }

    /// Among which messages one is the newest. The order is the log's: add at the end only.
    public enum Scope {
        /// All that the stream ever stored.
        STREAM,
        /// Those of a key that the stream still has, the message's own if no other is named; only
        /// where it keeps versions.
        KEY,
        /// Whichever: it is expected only that the stream has not stored the message before, which
        /// counts where it goes to several or belongs to a transaction. The offset is -1.
        ANY,
        /// Those that the stream still has whose subjects fit a pattern, as a topic exchange has
        /// them; only with an index ([QueuePolicy.Admission#indexed]).
        FITTING;

        public static final List<Scope> ALL = List.of(values());
    }

    /// Where a message is to go. One publish is one routing decision.
    public sealed interface Address {
        /// To one topic or queue by name, touching no subject. Partition -1: by key (murmur2), else
        /// one partition per session.
        ///
        /// @param subject by which the topic's index knows it, or null for the topic's name
        record Direct(TopicName topic, int partition, @Nullable String subject) implements Address {
            /// Known by the topic's name.
            public Direct(TopicName topic, int partition) {
                this(topic, partition, null);
            }
        }

        /// To an exchange. The default exchange "" addresses like [Direct].
        ///
        /// @param copies further routing keys of the same message
        /// @param metadata what an exchange may route by beside the keys
        record Via(
                String namespace,
                String exchange,
                String routingKey,
                Copies copies,
                Metadata metadata)
                implements Address {

            /// With one routing key.
            public Via(String namespace, String exchange, String routingKey, Metadata metadata) {
                this(namespace, exchange, routingKey, Copies.NONE, metadata);
            }
        }

        /// To the one subject space: every durable named topic of that name and every binding that
        /// matches.
        record Subject(String namespace, String subject) implements Address {}
    }

    /// Further routing keys of a message, for the same routing decision: a target that several of
    /// them reach gets it once.
    ///
    /// @param open those that its receivers may see, as its history does
    /// @param blind those that nobody sees
    public record Copies(List<String> open, List<String> blind) {
        public static final Copies NONE = new Copies(List.of(), List.of());

        public Copies {
            open = List.copyOf(open);
            blind = List.copyOf(blind);
        }

        /// Whether there are none.
        public boolean isEmpty() {
            return open.isEmpty() && blind.isEmpty();
        }
    }

    /// What an exchange or a filter may ask of a message; opened only when asked. Any thread.
    @FunctionalInterface
    public interface Metadata {
        /// The headers by name; values as in [io.polylog.message.Header].
        Map<String, @Nullable Object> headers();

        /// The fields most protocols have a place for.
        default Message.Properties properties() {
            return Message.Properties.NONE;
        }

        /// The id its sender gave it, or null.
        default @Nullable String messageId() {
            return properties().messageId();
        }

        /// What it was published with: routing key, topic name or subject; "" if unknown.
        default String subject() {
            return "";
        }

        /// Its ordering and compaction key, or null.
        default byte @Nullable [] key() {
            return null;
        }

        /// Its payload, which is not changed; null where it has none.
        default @Nullable ByteBuffer body() {
            return null;
        }
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
    /// @param timeToLiveMs milliseconds it may wait, [#FOREVER], or -1 where it does not say
    /// @param priority 0 to 255, or -1 when unset
    /// @param key ordering and compaction key, or null
    /// @param tombstone whether it says that its key has no value any more
    /// @param trail its way until it was stored, or null where nobody asks for it
    /// @param delayMs milliseconds that queues hide it from consumers, 0 for not at all; the time
    ///   it may wait begins behind them. Streams have it at once.
    public record Envelope(
            long timestampMs,
            long timeToLiveMs,
            int priority,
            byte @Nullable [] key,
            boolean tombstone,
            @Nullable Trail trail,
            long delayMs) {
        public static final Envelope PLAIN = new Envelope(0, -1, -1, null);

        /// It may wait however long.
        public static final long FOREVER = Long.MAX_VALUE;

        /// Of a message that has a value.
        public Envelope(long timestampMs, long timeToLiveMs, int priority, byte @Nullable [] key) {
            this(timestampMs, timeToLiveMs, priority, key, false, null, 0);
        }

        /// Without a trail.
        public Envelope(
                long timestampMs,
                long timeToLiveMs,
                int priority,
                byte @Nullable [] key,
                boolean tombstone) {
            this(timestampMs, timeToLiveMs, priority, key, tombstone, null, 0);
        }

        /// The same with another trail, now.
        public Envelope with(Trail other) {
            return new Envelope(timestampMs, timeToLiveMs, priority, key, tombstone, other, 0);
        }

        /// The same of a message that came along another way, now, and may wait for ever.
        public Envelope along(Trail other) {
            return new Envelope(timestampMs, -1, priority, key, tombstone, other, 0);
        }

        /// The same of a message that is hidden at first.
        public Envelope delayed(long hiddenMs) {
            return new Envelope(
                    timestampMs, timeToLiveMs, priority, key, tombstone, trail, hiddenMs);
        }
    }
}
