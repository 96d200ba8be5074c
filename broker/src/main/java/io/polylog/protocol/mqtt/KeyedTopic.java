package io.polylog.protocol.mqtt;

import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Publication.Envelope;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Reader;
import io.polylog.broker.Session;
import io.polylog.broker.TopicSpec;
import io.polylog.broker.TopicSpec.Form;
import io.polylog.broker.TopicSpec.Lifetime;
import io.polylog.broker.TopicSpec.Retention;
import io.polylog.message.TopicName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A durable topic of the adapter's own that keeps the newest record of each key. Stateless; its
/// methods on the loop of the session they are given.
record KeyedTopic(TopicName name) {
    private static final Logger log = LoggerFactory.getLogger(KeyedTopic.class);
    private static final Retention NEWEST = new Retention(-1, -1, false, true);
    private static final Lifetime UNLISTED = new Lifetime(true, false, false, false, false);
    private static final int READ_BYTES = 1 << 20;

    boolean isThere(Session session) {
        return session.definitions().topic(name) != null;
    }

    /// Makes it where it is missing.
    CompletionStage<@Nullable Void> make(Session session) {
        return isThere(session)
                ? Stages.DONE
                : Stages.end(
                        session.declareTopic(
                                new TopicSpec(name, Form.MESSAGES, 1, NEWEST, UNLISTED, Map.of())));
    }

    /// What sets a key.
    ///
    /// @param bytes an MQTT message as it is stored
    /// @param timeToLiveMs how long it is of use, or -1
    Publication put(byte[] key, ByteBuffer bytes, long timeToLiveMs) {
        return publication(new Envelope(0, timeToLiveMs, -1, key, false), bytes);
    }

    /// What ends a key.
    ///
    /// @param bytes an MQTT message as it is stored
    Publication remove(byte[] key, ByteBuffer bytes) {
        return publication(new Envelope(0, -1, -1, key, true), bytes);
    }

    private Publication publication(Envelope envelope, ByteBuffer bytes) {
        return new Publication(
                new Address.Direct(name, 0), new Content(MqttMapping.ENCODING, envelope, bytes));
    }

    /// Publishes and completes when all is stored.
    static CompletionStage<@Nullable Void> publish(Session session, List<Publication> all) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        session.publish(
                all,
                outcomes -> {
                    for (int i = 0; i < all.size(); i++) {
                        Outcome outcome = outcomes.at(i);
                        if (outcome != Outcome.STORED && outcome != Outcome.UNROUTABLE) {
                            done.completeExceptionally(
                                    new MqttException(
                                            MqttMapping.code(outcome), "not stored: " + outcome));
                            return;
                        }
                    }
                    done.complete(null);
                });
        return done;
    }

    /// Reads from an offset to the end as it is now; gives that end.
    static CompletionStage<Long> scan(Reader reader, long from, Consumer<Reader.Entry> each) {
        CompletableFuture<Long> done = new CompletableFuture<>();
        scan(reader, Math.max(from, reader.startOffset()), reader.endOffset(), each, done);
        return done;
    }

    private static void scan(
            Reader reader,
            long from,
            long end,
            Consumer<Reader.Entry> each,
            CompletableFuture<Long> done) {
        if (from >= end) {
            done.complete(from);
            return;
        }
        reader.read(from, READ_BYTES)
                .whenComplete((read, failed) -> {
                    if (failed != null) {
                        done.completeExceptionally(failed);
                        return;
                    }
                    read.records().forEach(each);
                    if (read.damage() != null) {
                        log.error("of the sessions of MQTT: {}", read.damage());
                    }
                    boolean stuck = read.nextOffset() <= from;
                    scan(reader, stuck ? end : read.nextOffset(), end, each, done);
                });
    }
}
