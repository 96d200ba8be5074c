package io.polylog.protocol.nats.jetstream.consumers;

import io.polylog.broker.Delivery;
import io.polylog.broker.Publication;
import io.polylog.broker.Publication.Address;
import io.polylog.broker.Publication.Content;
import io.polylog.broker.Reader;
import io.polylog.broker.Settlement;
import io.polylog.broker.Trail;
import io.polylog.broker.Trail.Cause;
import io.polylog.broker.Trail.Origin;
import io.polylog.broker.Transaction;
import io.polylog.broker.Transaction.Settled;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsMapping;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Sends what a consumer does not deliver any more where the consumer's metadata says, in one with
/// its end there: neither lost nor doubled. On the home loop.
public final class DeadLetters {
    private static final Logger log = LoggerFactory.getLogger(DeadLetters.class);

    private static final long RETRY_MS = 1000;

    private final Tools tools;
    private final StreamTopic source;

    /// After a failure, what comes next waits until then; milliseconds since 1970.
    private long notBeforeMs;

    DeadLetters(Tools tools, StreamTopic source) {
        this.tools = tools;
        this.source = source;
    }

    /// Where a consumer's messages go in the end.
    ///
    /// @param exchange "" for the subjects of the namespace
    /// @param key a routing key or subject, or "" for the message's own
    public record Target(String exchange, String key) {
        public static @Nullable Target of(ConsumerConfig config) {
            JsonNode metadata = config.members().path("metadata");
            String exchange = metadata.path("x-dead-letter-exchange").asString("");
            String key = metadata.path("x-dead-letter-routing-key").asString("");
            return exchange.isEmpty() && key.isEmpty() ? null : new Target(exchange, key);
        }

        /// The name that somebody must be allowed to publish to.
        public String guarded() {
            return exchange.isEmpty() ? NatsSubjects.neutral(key) : exchange;
        }

        private Address address(String namespace, String routingKey) {
            return exchange.isEmpty()
                    ? new Address.Subject(namespace, routingKey)
                    : new Address.Via(namespace, exchange, routingKey, Map::of);
        }
    }

    /// A message is not delivered any more.
    void send(Delivery delivery, ConsumerRecord record) {
        Target target = Target.of(record.config());
        long waitMs = notBeforeMs - tools.wallMs().getAsLong();
        if (target == null) {
            giveUp(delivery);
        } else if (waitMs > 0) {
            tools.home().schedule(() -> send(delivery, record), waitMs, TimeUnit.MILLISECONDS);
        } else {
            send(delivery, record, target)
                    .whenComplete((_, failed) -> {
                        if (failed != null) {
                            // It comes back and is tried again.
                            log.warn("dead letter of {} to {}", record.name(), target, failed);
                            notBeforeMs = tools.wallMs().getAsLong() + RETRY_MS;
                        }
                    });
        }
    }

    private CompletionStage<@Nullable Void> giveUp(Delivery delivery) {
        return tools.session()
                .settle(List.of(delivery), Settlement.GIVE_UP, false)
                .thenApply(_ -> null);
    }

    private CompletionStage<@Nullable Void> send(
            Delivery delivery, ConsumerRecord record, Target target) {
        Reader reader = source.reader(tools.session());
        return reader.read(delivery.offset(), 1)
                .thenCompose(read -> {
                    for (Reader.Entry entry : read.records()) {
                        long place = delivery.offset() - entry.offset();
                        if (place >= 0 && place < entry.span()) {
                            return send(delivery, record, target, entry, (int) place);
                        }
                    }
                    return giveUp(delivery);
                })
                .whenComplete((_, _) -> reader.close());
    }

    private CompletionStage<@Nullable Void> send(
            Delivery delivery,
            ConsumerRecord record,
            Target target,
            Reader.Entry entry,
            int place) {
        Content stored = entry.content();
        NatsContent message =
                tools.stored().open(stored, source.topicName().name()).get(place).copied();
        String subject = NatsSubjects.neutral(message.subject());
        String key = target.key.isEmpty() ? subject : NatsSubjects.neutral(target.key);
        Trail before = stored.envelope().trail();
        Trail way = before == null ? new Trail(Origin.of("", subject)) : before;
        String where = source.name().name() + "::" + record.name();
        Trail trail =
                way.died(
                                where,
                                Cause.EXHAUSTED,
                                "",
                                tools.wallMs().getAsLong(),
                                stored.envelope().timeToLiveMs())
                        .sentTo(Origin.of(target.exchange, key), !key.equals(subject));
        Content letter =
                entry.batch()
                        ? new Content(
                                NatsMapping.ENCODING,
                                stored.envelope().along(trail),
                                NatsContent.of(
                                        message.subject(),
                                        message.reply(),
                                        message.headers(),
                                        message.payload()))
                        : new Content(
                                stored.encoding(),
                                stored.envelope().along(trail),
                                copied(stored.bytes()));
        Publication publication =
                new Publication(target.address(source.name().namespace(), key), letter);
        return tools.session()
                .transact(
                        new Transaction(
                                List.of(publication),
                                List.of(new Settled(delivery, Settlement.REJECT))))
                .thenApply(_ -> null);
    }

    private static ByteBuffer copied(ByteBuffer bytes) {
        ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
        return copy.put(bytes.duplicate()).flip();
    }
}
