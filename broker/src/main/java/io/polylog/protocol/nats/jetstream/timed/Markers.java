package io.polylog.protocol.nats.jetstream.timed;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.Publication.Expectation;
import io.polylog.broker.Publication.Replaces;
import io.polylog.broker.Publication.Scope;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsHeaders;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.nats.jetstream.api.GoDuration;
import io.polylog.protocol.nats.jetstream.streams.Lookup;
import io.polylog.protocol.nats.jetstream.streams.Retiring;
import io.polylog.protocol.nats.jetstream.streams.StreamConfig;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import io.polylog.protocol.nats.jetstream.streams.Streams;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Puts a mark where the last message of a subject was whose time is over (ADR-43): the mark takes
/// its place in one, so it is there once and not lost. On the home loop.
public final class Markers {
    private static final Logger log = LoggerFactory.getLogger(Markers.class);

    private final Session session;
    private final Lookup lookup;

    /// Streams that want marks, by their topics.
    private final Map<UUID, Watched> watched = new HashMap<>();

    private long version = -1;

    public Markers(Session session, Lookup lookup) {
        this.session = session;
        this.lookup = lookup;
    }

    /// Looks which streams want marks; called many times a second.
    ///
    /// @param streams all there are
    public void tick(Streams streams) {
        long now = session.definitions().version();
        if (now == version) {
            return;
        }
        version = now;
        Map<UUID, StreamTopic> wanted = new HashMap<>();
        for (StreamTopic stream : streams.all()) {
            if (stream.config().number(StreamConfig.MARKER_TTL) > 0) {
                wanted.put(stream.topic().id(), stream);
            }
        }
        Retiring.unwanted(watched, wanted::containsKey, gone -> gone.reader.close());
        wanted.forEach((id, stream) ->
                watched.computeIfAbsent(id, _ -> new Watched(stream)).stream = stream);
    }

    /// A stream that wants marks.
    private final class Watched {
        private final Reader reader;
        private StreamTopic stream;

        /// Messages that something is being done about.
        private final Set<Long> pending = new HashSet<>();

        Watched(StreamTopic stream) {
            this.stream = stream;
            reader = stream.reader(session);
            reader.whenLastIsOver(this::over);
        }

        private void over(String subject, long offset) {
            if (!pending.add(offset)) {
                return;
            }
            lookup.at(stream, offset)
                    .thenCompose(found ->
                            found == null
                                    ? CompletableFuture.completedFuture(null)
                                    : end(subject, found.message(), offset))
                    .whenComplete((_, failed) -> {
                        pending.remove(offset);
                        if (failed != null) {
                            log.debug("mark in {}: tried again", stream.name(), failed);
                        }
                    });
        }

        private CompletionStage<?> end(String subject, NatsContent message, long offset) {
            if (isMark(message)) {
                return session.remove(stream.topicName(), 0, List.of(offset));
            }
            CompletableFuture<@Nullable Void> decided = new CompletableFuture<>();
            session.publish(List.of(mark(subject, message, offset)), _ -> decided.complete(null));
            return decided;
        }

        /// Where a newer message has come, nothing is stored, and the old one goes when it is told
        /// of the next time: it is not the last any more.
        private Publication mark(String subject, NatsContent message, long offset) {
            long ns = stream.config().number(StreamConfig.MARKER_TTL);
            long seconds = TimeUnit.NANOSECONDS.toSeconds(ns);
            byte[] headers =
                    ("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: %s\r\n"
                                    + "Nats-Rollup: sub\r\n\r\n")
                            .formatted(GoDuration.text(TimeUnit.SECONDS.toNanos(seconds)))
                            .getBytes(UTF_8);
            Envelope envelope = new Envelope(0, TimeUnit.SECONDS.toMillis(seconds), -1, null);
            ByteBuffer stored =
                    NatsContent.of(message.subject(), "", headers, ByteBuffer.allocate(0));
            return new Publication(
                            new Address.Direct(stream.topicName(), 0, subject),
                            new Content(NatsMapping.ENCODING, envelope, stored),
                            new Expectation(Scope.KEY, offset))
                    .replacing(Replaces.KEY);
        }
    }

    /// Whether a message says itself that its subject has no value: then nothing is left of it.
    private static boolean isMark(NatsContent message) {
        for (NatsHeaders.Field field : NatsHeaders.read(message.headers()).fields()) {
            boolean purged = field.name().equals("KV-Operation") && field.value().equals("PURGE");
            if (purged || field.name().equals("Nats-Marker-Reason")) {
                return true;
            }
        }
        return false;
    }
}
