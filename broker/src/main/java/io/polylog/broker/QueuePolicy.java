package io.polylog.broker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a queue does with messages beyond keeping them until they are settled. Times in
/// milliseconds, counts in messages; -1 where there is no limit.
///
/// @param expiry how long messages wait, and how long the queue itself stays unused
/// @param limits how much waits at most
/// @param deadLetters where messages go that leave without being wanted, or null: nowhere
/// @param retry how often and how soon a message that came back is delivered again
/// @param service how its consumers are served
/// @param admission what it checks before it takes a message
/// @param keep how long a message stays that is settled
public record QueuePolicy(
        Expiry expiry,
        Limits limits,
        @Nullable DeadLetters deadLetters,
        Retry retry,
        Service service,
        Admission admission,
        Keep keep) {

    /// A plain queue.
    public static final QueuePolicy NONE =
            new QueuePolicy(
                    Expiry.NEVER,
                    Limits.NONE,
                    null,
                    Retry.FOREVER,
                    Service.PLAIN,
                    Admission.FREE,
                    Keep.NOTHING);

    /// When a message, or the queue, has waited too long.
    ///
    /// @param messageMs how long a message waits before it expires, 0 for not at all
    /// @param unusedMs how long the queue stays when nobody consumes, takes or declares it
    public record Expiry(long messageMs, long unusedMs) {
        public static final Expiry NEVER = new Expiry(-1, -1);
    }

    /// How much waits at most. A topic whose messages can be removed ([TopicSpec.Retention]) may
    /// have limits too: of all that it holds, which are kept with each commit.
    ///
    /// @param maxCount messages that wait
    /// @param maxBytes payload bytes that wait
    /// @param overflow what happens to what is too much
    public record Limits(long maxCount, long maxBytes, Overflow overflow) {
        public static final Limits NONE = new Limits(-1, -1, Overflow.DROP_OLDEST);

        /// Whether nothing is limited.
        public boolean isNone() {
            return maxCount < 0 && maxBytes < 0;
        }
    }

    /// What happens to what is too much. The order is the log's: add at the end only.
    public enum Overflow {
        /// The oldest ready messages leave; of a topic the oldest, for everybody.
        DROP_OLDEST,
        /// The new message is refused.
        REFUSE,
        /// The new message is refused and goes to the dead letters; only of a queue.
        REFUSE_TO_DEAD_LETTERS;

        public static final List<Overflow> ALL = List.of(values());
    }

    /// Where messages go that were rejected, expired, dropped for a limit or delivered too often.
    ///
    /// @param exchange they are published to, "" for the default one
    /// @param routingKey they are published with, or null for those they had
    public record DeadLetters(String exchange, @Nullable String routingKey) {}

    /// How a message that came back is tried again.
    ///
    /// @param limit how often it may come back; once more and it leaves
    /// @param growth how the delay grows with each attempt
    /// @param minDelayMs before it is delivered again, 0 for at once
    /// @param maxDelayMs what the delay grows to
    /// @param returns which of those that come back are delayed
    public record Retry(
            int limit, Growth growth, long minDelayMs, long maxDelayMs, Returns returns) {
        public static final Retry FOREVER = new Retry(-1, Growth.CONSTANT, 0, 0);

        private static final int JITTER_PARTS = 10;

        /// Delays all.
        public Retry(int limit, Growth growth, long minDelayMs, long maxDelayMs) {
            this(limit, growth, minDelayMs, maxDelayMs, Returns.ALL);
        }

        /// Whether a message that comes back is delayed.
        ///
        /// @param failed whether it comes back because its consumer failed
        public boolean delays(boolean failed) {
            return minDelayMs > 0
                    && switch (returns) {
                        case ALL -> true;
                        case FAILED -> failed;
                        case RELEASED -> !failed;
                    };
        }

        /// How long a message that came back is hidden. One that grows fast is up to a tenth
        /// shorter, so that those which came back together do not go on together.
        ///
        /// @param attempt how often it has come back, from 1
        /// @param stream where it is; the same arguments give the same delay
        public long delayMs(int attempt, long stream, long offset) {
            return switch (growth) {
                case CONSTANT -> minDelayMs;
                case LINEAR ->
                        minDelayMs > maxDelayMs / attempt
                                ? maxDelayMs
                                : Math.min(maxDelayMs, minDelayMs * attempt);
                case EXPONENTIAL -> {
                    int twice = Math.min(attempt - 1, Long.SIZE - 2);
                    long grown =
                            minDelayMs > maxDelayMs >> twice ? maxDelayMs : minDelayMs << twice;
                    yield grown - jitter(grown / JITTER_PARTS, attempt, stream, offset);
                }
            };
        }

        private static long jitter(long most, int attempt, long stream, long offset) {
            long mixed = (stream * 31 + offset) * 31 + attempt;
            mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
            mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
            return Long.remainderUnsigned(mixed ^ (mixed >>> 31), most + 1);
        }
    }

    /// Which messages that come back are delayed. The order is the log's: add at the end only.
    public enum Returns {
        ALL,
        /// Those whose consumer went away or kept them too long.
        FAILED,
        /// Those that their consumer gave back.
        RELEASED;

        public static final List<Returns> ALL_KINDS = List.of(values());
    }

    /// How a delay grows. The order is the log's: add at the end only.
    public enum Growth {
        /// It does not.
        CONSTANT,
        /// With the number of attempts.
        LINEAR,
        /// Twice as long each time.
        EXPONENTIAL;

        public static final List<Growth> ALL = List.of(values());
    }

    /// How consumers are served.
    ///
    /// @param singleActive one consumer is served until it goes, then the next
    /// @param priorities which messages go first
    /// @param ackTimeoutMs how long a delivery may stay unsettled
    /// @param keyOrder which messages are in flight with one consumer at a time; not with
    ///   priorities
    /// @param filter which messages are wanted; the others leave
    /// @param fairShare by which key messages take turns: each key that has some waiting has one
    ///   message delivered, then the next key has; within a level of priority. Not with an order by
    ///   key
    public record Service(
            boolean singleActive,
            Priorities priorities,
            long ackTimeoutMs,
            KeyOrder keyOrder,
            Filter filter,
            KeyOrder fairShare) {
        public static final Service PLAIN = new Service(false, Priorities.NONE, -1);

        public Service {
            if (priorities.levels() > 1 && !keyOrder.isNone()) {
                throw new IllegalArgumentException("order by priority and by key");
            }
            if (!fairShare.isNone() && !keyOrder.isNone()) {
                throw new IllegalArgumentException("turns and order by key");
            }
        }

        /// In no order by key, of all messages.
        public Service(boolean singleActive, Priorities priorities, long ackTimeoutMs) {
            this(singleActive, priorities, ackTimeoutMs, KeyOrder.NONE);
        }

        /// Of all messages.
        public Service(
                boolean singleActive, Priorities priorities, long ackTimeoutMs, KeyOrder keyOrder) {
            this(singleActive, priorities, ackTimeoutMs, keyOrder, Filter.NONE, KeyOrder.NONE);
        }

        public Service with(KeyOrder other) {
            return new Service(singleActive, priorities, ackTimeoutMs, other, filter, fairShare);
        }

        public Service with(Filter other) {
            return new Service(singleActive, priorities, ackTimeoutMs, keyOrder, other, fairShare);
        }

        /// The same with turns by another key.
        public Service sharing(KeyOrder by) {
            return new Service(singleActive, priorities, ackTimeoutMs, keyOrder, filter, by);
        }

        /// By which key the shard tells messages apart, whatever for.
        public KeyOrder telling() {
            return keyOrder.isNone() ? fairShare : keyOrder;
        }
    }

    /// By which key messages are told apart. Where they are ordered by it, those of one key are
    /// delivered one after the other, and all that are unsettled are with one consumer.
    ///
    /// @param by what the key is
    /// @param header its name, where the key is one; else ""
    public record KeyOrder(KeySource by, String header) {
        public static final KeyOrder NONE = new KeyOrder(KeySource.NOTHING, "");

        private static final String OF_HEADER = "header:";

        public KeyOrder {
            if ((by == KeySource.HEADER) == header.isEmpty()) {
                throw new IllegalArgumentException("no order by " + by + " '" + header + "'");
            }
        }

        public boolean isNone() {
            return by == KeySource.NOTHING;
        }

        /// By what people call it: `key`, `routing-key`, or `header:` and its name.
        ///
        /// @return [#NONE] where it is none of these
        public static KeyOrder named(String text) {
            if (text.startsWith(OF_HEADER) && text.length() > OF_HEADER.length()) {
                return new KeyOrder(KeySource.HEADER, text.substring(OF_HEADER.length()));
            }
            return switch (text) {
                case "key" -> new KeyOrder(KeySource.RECORD_KEY, "");
                case "routing-key" -> new KeyOrder(KeySource.ROUTING_KEY, "");
                default -> NONE;
            };
        }

        /// What [#named] understands; "" for none.
        public String name() {
            return switch (by) {
                case NOTHING -> "";
                case RECORD_KEY -> "key";
                case ROUTING_KEY -> "routing-key";
                case HEADER -> OF_HEADER + header;
            };
        }
    }

    /// What the key is that messages are told apart by; a message without it is in no order, and in
    /// one share with all others without. The order is the log's: add at the end only.
    public enum KeySource {
        NOTHING,
        /// The record's own key.
        RECORD_KEY,
        /// The routing key it was published with.
        ROUTING_KEY,
        /// A header's value.
        HEADER;

        public static final List<KeySource> ALL = List.of(values());
    }

    /// Levels of priority: a message of a higher one is delivered before all of lower ones.
    ///
    /// @param levels how many, 1 to 256; a message's own priority is cut to them
    /// @param usual the level of a message that says none
    public record Priorities(int levels, int usual) {
        public static final Priorities NONE = new Priorities(1, 0);

        public Priorities {
            if (levels < 1 || levels > 256 || usual < 0 || usual >= levels) {
                throw new IllegalArgumentException("no level " + usual + " of " + levels);
            }
        }
    }

    /// What is checked before a message is taken. Topics that are no queues may have it too.
    ///
    /// @param deduplication which messages count as sent again
    /// @param versions by which key it knows the newest message of each, so that who publishes can
    ///   expect one
    /// @param indexed whether it knows the subjects of its messages ([Session#subjects]): the
    ///   routing keys that they were published with. Only of a topic whose messages can be removed
    ///   ([TopicSpec.Retention#removable]). Versions by routing key are those of subjects then
    /// @param firstOffset of the first message of each partition, 0 or more; for life. Another than
    ///   0 only of a topic whose messages can be removed
    /// @param schema the JSON Schema that bodies must fit, or "" for none
    public record Admission(
            Deduplication deduplication,
            KeyOrder versions,
            boolean indexed,
            long firstOffset,
            String schema) {
        public static final Admission FREE = new Admission(Deduplication.NONE, KeyOrder.NONE);

        public Admission {
            if (firstOffset < 0) {
                throw new IllegalArgumentException("no message has offset " + firstOffset);
            }
        }

        /// Without an index, from the beginning.
        public Admission(Deduplication deduplication, KeyOrder versions) {
            this(deduplication, versions, false, 0, "");
        }

        /// The same for bodies that fit a schema.
        public Admission with(String otherSchema) {
            return new Admission(deduplication, versions, indexed, firstOffset, otherSchema);
        }

        /// The same with an index.
        public Admission withIndex() {
            return new Admission(deduplication, versions, true, firstOffset, schema);
        }

        /// The same with another offset of the first message.
        public Admission from(long offset) {
            return new Admission(deduplication, versions, indexed, offset, schema);
        }

        /// The same with another window of ids.
        public Admission with(Deduplication other) {
            return new Admission(other, versions, indexed, firstOffset, schema);
        }

        /// By which key it keeps versions, other than by its index.
        public KeyOrder keyVersions() {
            return indexed && versions.by() == KeySource.ROUTING_KEY ? KeyOrder.NONE : versions;
        }

        /// Without versions of keys.
        public Admission(Deduplication deduplication) {
            this(deduplication, KeyOrder.NONE);
        }
    }

    /// A message is not stored again whose id another one had that was stored within the window,
    /// whatever became of that one. Whoever sends it is told that it is stored.
    ///
    /// @param spanMs how long an id counts; 0 where none does
    /// @param count of how many ids the newest count
    public record Deduplication(long spanMs, int count) {
        public static final Deduplication NONE = new Deduplication(0, 0);

        /// A week.
        public static final long MOST_SPAN_MS = 7 * 86_400_000L;

        /// They take at most 31 MB of memory.
        public static final int MOST_COUNT = 1_000_000;

        public Deduplication {
            boolean none = spanMs == 0 && count == 0;
            boolean sound =
                    spanMs > 0 && spanMs <= MOST_SPAN_MS && count > 0 && count <= MOST_COUNT;
            if (!none && !sound) {
                throw new IllegalArgumentException(
                        "no window of " + spanMs + " ms and " + count + " ids");
            }
        }

        public boolean isNone() {
            return count == 0;
        }
    }

    /// How long a queue keeps messages that are settled, whatever became of them, so that they can
    /// be read, and delivered once more: its newest part, of the smaller of the two. What is not
    /// settled stays in any case.
    ///
    /// @param maxAgeMs since the message was stored, or -1
    /// @param maxBytes payload bytes of the newest part, settled or not, or -1
    public record Keep(long maxAgeMs, long maxBytes) {
        public static final Keep NOTHING = new Keep(-1, -1);

        public boolean isNothing() {
            return maxAgeMs < 0 && maxBytes < 0;
        }
    }

    public QueuePolicy with(Expiry other) {
        return new QueuePolicy(other, limits, deadLetters, retry, service, admission, keep);
    }

    public QueuePolicy with(Limits other) {
        return new QueuePolicy(expiry, other, deadLetters, retry, service, admission, keep);
    }

    public QueuePolicy with(@Nullable DeadLetters other) {
        return new QueuePolicy(expiry, limits, other, retry, service, admission, keep);
    }

    public QueuePolicy with(Retry other) {
        return new QueuePolicy(expiry, limits, deadLetters, other, service, admission, keep);
    }

    public QueuePolicy with(Service other) {
        return new QueuePolicy(expiry, limits, deadLetters, retry, other, admission, keep);
    }

    public QueuePolicy with(Admission other) {
        return new QueuePolicy(expiry, limits, deadLetters, retry, service, other, keep);
    }

    public QueuePolicy with(Keep other) {
        return new QueuePolicy(expiry, limits, deadLetters, retry, service, admission, other);
    }
}
