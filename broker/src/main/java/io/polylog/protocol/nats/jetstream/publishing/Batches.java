package io.polylog.protocol.nats.jetstream.publishing;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Transaction;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.ApiException;
import io.polylog.protocol.nats.jetstream.api.ApiLevel;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Messages that wait until the last of their batch is there, to be published as one (nats-server's
/// ADR-50). A batch belongs to its stream and id, whoever sends its messages. Nothing of it is kept
/// before it is whole: a crash leaves none of it. Any thread.
public final class Batches {
    /// The header that says which batch a message is of.
    static final String ID = "Nats-Batch-Id";

    private static final String SEQUENCE = "Nats-Batch-Sequence";
    private static final String COMMIT = "Nats-Batch-Commit";

    /// The value of [#COMMIT] of a message that only ends its batch.
    private static final String END = "eob";

    private static final int MOST_MESSAGES = 1000;
    private static final int MOST_OF_A_STREAM = 50;
    private static final int MOST_OF_ID = 64;
    private static final long MOST_IDLE_MS = 10_000;

    /// Of all batches together.
    private static final long MOST_BYTES = 2L * Transaction.MOST_BYTES;

    private final LongSupplier wallMs;
    private final Abandoned abandoned;
    private final Map<UUID, Map<String, Batch>> open = new HashMap<>();
    private long bytes;

    /// Hears of batches that are dropped before they are whole, on whichever thread.
    @FunctionalInterface
    public interface Abandoned {
        void batch(TopicName stream, String id, String why);
    }

    private static final class Batch {
        private final List<Publication> messages = new ArrayList<>();
        private final TopicName stream;
        private long bytes;
        private long newestMs;

        private Batch(TopicName stream) {
            this.stream = stream;
        }
    }

    public Batches(LongSupplier wallMs, Abandoned abandoned) {
        this.wallMs = wallMs;
        this.abandoned = abandoned;
    }

    /// Takes a message of a batch.
    ///
    /// @param headers of the message
    /// @return all of the batch, which is its caller's now; null where more are to come
    /// @throws ApiException where the message does not go on with a batch, which is dropped
    synchronized @Nullable List<Publication> take(
            StreamTopic stream, String id, Map<String, String> headers, Publication message) {
        if (!stream.config().flag("allow_atomic")) {
            throw ApiError.NO_BATCHES.plain();
        }
        if (id.length() > MOST_OF_ID) {
            throw ApiError.BATCH_ID.plain();
        }
        long sequence = sequence(headers);
        String commit = headers.get(COMMIT);
        boolean ends = END.equals(commit);
        Map<String, Batch> ofStream = open.getOrDefault(stream.topic().id(), Map.of());
        Batch batch = ofStream.get(id);
        if (batch == null) {
            batch = begin(stream, id, sequence, ends, ofStream.size());
        }
        if (commit != null && !ends && !commit.equals("1")) {
            drop(stream, id);
            throw ApiError.BATCH_COMMIT.plain();
        }
        if (ApiLevel.isTooHigh(headers.get(ApiLevel.HEADER))) {
            abandon(stream, id, "unsupported");
            throw ApiError.API_LEVEL.plain();
        }
        if (sequence != batch.messages.size() + 1L || (sequence == 1 && ends)) {
            abandon(stream, id, "incomplete");
            throw ApiError.BATCH_INCOMPLETE.plain();
        }
        if (ends) {
            drop(stream, id);
            batch.messages.addLast(committing(batch.messages.removeLast()));
            return batch.messages;
        }
        add(
                stream,
                id,
                batch,
                headers.containsKey(ApiLevel.HEADER)
                        ? with(
                                message,
                                block -> NatsHeaders.without(block, ApiLevel.HEADER::equals))
                        : message);
        if (commit == null) {
            return null;
        }
        drop(stream, id);
        return batch.messages;
    }

    private static long sequence(Map<String, String> headers) {
        try {
            return Long.parseUnsignedLong(headers.getOrDefault(SEQUENCE, ""));
        } catch (NumberFormatException none) {
            throw ApiError.NO_BATCH_SEQUENCE.plain();
        }
    }

    private Batch begin(StreamTopic stream, String id, long sequence, boolean ends, int others) {
        if (sequence != 1) {
            long size = ends ? sequence - 1 : sequence;
            throw Long.compareUnsigned(size, MOST_MESSAGES) > 0
                    ? tooLarge()
                    : ApiError.BATCH_INCOMPLETE.plain();
        }
        if (others >= MOST_OF_A_STREAM || bytes >= MOST_BYTES) {
            throw ApiError.TOO_MANY_BATCHES.plain();
        }
        Batch batch = new Batch(stream.name());
        open.computeIfAbsent(stream.topic().id(), _ -> new HashMap<>()).put(id, batch);
        return batch;
    }

    private static ApiException tooLarge() {
        return ApiError.BATCH_TOO_LARGE.of(String.valueOf(MOST_MESSAGES));
    }

    private void add(StreamTopic stream, String id, Batch batch, Publication message) {
        long more = Transaction.bytes(message);
        if (batch.messages.size() == MOST_MESSAGES || batch.bytes + more > Transaction.MOST_BYTES) {
            abandon(stream, id, "large");
            throw tooLarge();
        }
        if (bytes + more > MOST_BYTES) {
            abandon(stream, id, "large");
            throw ApiError.TOO_MANY_BATCHES.plain();
        }
        batch.messages.add(message);
        batch.newestMs = wallMs.getAsLong();
        batch.bytes += more;
        bytes += more;
    }

    /// The last message of a batch that was ended by another that is not stored.
    private static Publication committing(Publication last) {
        return with(last, block -> NatsHeaders.with(block, COMMIT, "1"));
    }

    /// A message with other headers.
    private static Publication with(Publication publication, UnaryOperator<byte[]> change) {
        NatsContent message = NatsContent.wrap(publication.content().bytes());
        Content content =
                new Content(
                        publication.content().encoding(),
                        publication.content().envelope(),
                        NatsContent.of(
                                message.subject(),
                                message.reply(),
                                change.apply(message.headers()),
                                message.payload()));
        return new Publication(publication.address(), content);
    }

    private void abandon(StreamTopic stream, String id, String why) {
        drop(stream, id);
        abandoned.batch(stream.name(), id, why);
    }

    private void drop(StreamTopic stream, String id) {
        Map<String, Batch> ofStream = open.getOrDefault(stream.topic().id(), Map.of());
        Batch gone = ofStream.remove(id);
        if (gone != null) {
            bytes -= gone.bytes;
        }
        if (ofStream.isEmpty()) {
            open.remove(stream.topic().id());
        }
    }

    /// Drops batches of which nothing came for long.
    public synchronized void tick() {
        long now = wallMs.getAsLong();
        Iterator<Map<String, Batch>> streams = open.values().iterator();
        while (streams.hasNext()) {
            Map<String, Batch> ofStream = streams.next();
            ofStream.entrySet()
                    .removeIf(each -> {
                        Batch batch = each.getValue();
                        boolean idle = now - batch.newestMs >= MOST_IDLE_MS;
                        if (idle) {
                            bytes -= batch.bytes;
                            abandoned.batch(batch.stream, each.getKey(), "timeout");
                        }
                        return idle;
                    });
            if (ofStream.isEmpty()) {
                streams.remove();
            }
        }
    }
}
