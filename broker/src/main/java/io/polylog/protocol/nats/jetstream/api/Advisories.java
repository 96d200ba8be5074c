package io.polylog.protocol.nats.jetstream.api;

import io.polylog.message.TopicName;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// Tells whoever listens what happens to streams and consumers (nats-server's advisories). Nothing
/// is kept of it. On the home loop.
public final class Advisories {
    private static final String PREFIX = "$JS.EVENT.ADVISORY.";
    private static final String MEASURED = "$JS.EVENT.METRIC.CONSUMER.ACK.";
    private static final String TYPE = "io.nats.jetstream.advisory.v1.";

    private final Replies replies;
    private final Supplier<String> uniqueNames;
    private final LongSupplier wallMs;

    public Advisories(Replies replies, Supplier<String> uniqueNames, LongSupplier wallMs) {
        this.replies = replies;
        this.uniqueNames = uniqueNames;
        this.wallMs = wallMs;
    }

    /// The time, as it is told.
    public String now() {
        return Json.time(wallMs.getAsLong());
    }

    public void streamCreated(TopicName stream) {
        stream(stream, "CREATED", "create");
    }

    public void streamUpdated(TopicName stream) {
        stream(stream, "UPDATED", "modify");
    }

    public void streamDeleted(TopicName stream) {
        stream(stream, "DELETED", "delete");
    }

    private void stream(TopicName stream, String event, String action) {
        tell(
                stream.namespace(),
                PREFIX + "STREAM." + event + "." + stream.name(),
                TYPE + "stream_action",
                told -> told.put("stream", stream.name()).put("action", action));
    }

    /// Messages of a batch were dropped before it was whole.
    public void batchAbandoned(TopicName stream, String batch, String reason) {
        tell(
                stream.namespace(),
                PREFIX + "STREAM.BATCH_ABANDONED." + stream.name(),
                TYPE + "stream_batch_abandoned",
                told ->
                        told.put("stream", stream.name())
                                .put("batch", batch)
                                .put("reason", reason));
    }

    public void consumerCreated(TopicName stream, String consumer) {
        consumer(stream, consumer, "CREATED", "create");
    }

    public void consumerDeleted(TopicName stream, String consumer) {
        consumer(stream, consumer, "DELETED", "delete");
    }

    private void consumer(TopicName stream, String consumer, String event, String action) {
        of(stream, consumer, event, "consumer_action", told -> told.put("action", action));
    }

    /// A consumer rests for a time, or goes on.
    ///
    /// @param until a time, or "" where it goes on
    public void paused(TopicName stream, String consumer, String until) {
        of(
                stream,
                consumer,
                "PAUSE",
                "consumer_pause",
                told -> {
                    told.put("paused", !until.isEmpty());
                    if (!until.isEmpty()) {
                        told.put("pause_until", until);
                    }
                });
    }

    /// Who alone got a consumer's messages does so no more.
    public void unpinned(TopicName stream, String consumer, String group, String reason) {
        of(
                stream,
                consumer,
                "UNPINNED",
                "consumer_group_unpinned",
                told -> told.put("group", group).put("reason", reason));
    }

    /// A message is not delivered any more.
    public void exhausted(TopicName stream, String consumer, long sequence, long deliveries) {
        of(
                stream,
                consumer,
                "MAX_DELIVERIES",
                "max_deliver",
                told -> told.put("stream_seq", sequence).put("deliveries", deliveries));
    }

    /// A message was acknowledged.
    ///
    /// @param tookMs how long after it was delivered
    public void acknowledged(TopicName stream, AckSubject message, long tookMs) {
        tell(
                stream.namespace(),
                MEASURED + stream.name() + "." + message.consumer(),
                "io.nats.jetstream.metric.v1.consumer_ack",
                told -> {
                    told.put("stream", stream.name()).put("consumer", message.consumer());
                    told.setAll(delivery(message));
                    told.put("ack_time", TimeUnit.MILLISECONDS.toNanos(tookMs));
                });
    }

    /// A message was given back.
    public void givenBack(TopicName stream, AckSubject message) {
        of(stream, message.consumer(), "MSG_NAKED", "nak", told -> told.setAll(delivery(message)));
    }

    /// A message was refused for good.
    public void terminated(TopicName stream, AckSubject message, String reason) {
        of(
                stream,
                message.consumer(),
                "MSG_TERMINATED",
                "terminated",
                told -> {
                    told.setAll(delivery(message));
                    if (!reason.isEmpty()) {
                        told.put("reason", reason);
                    }
                });
    }

    private static ObjectNode delivery(AckSubject message) {
        return Json.object()
                .put("consumer_seq", message.count())
                .put("stream_seq", message.sequence())
                .put("deliveries", message.deliveries());
    }

    private void of(
            TopicName stream,
            String consumer,
            String event,
            String type,
            Consumer<ObjectNode> more) {
        tell(
                stream.namespace(),
                PREFIX + "CONSUMER." + event + "." + stream.name() + "." + consumer,
                TYPE + type,
                told -> more.accept(told.put("stream", stream.name()).put("consumer", consumer)));
    }

    private void tell(String namespace, String subject, String type, Consumer<ObjectNode> more) {
        if (replies.isHeard(namespace, subject)) {
            ObjectNode told = Json.object();
            told.put("type", type);
            told.put("id", uniqueNames.get());
            told.put("timestamp", now());
            more.accept(told);
            replies.json(namespace, subject, told);
        }
    }
}
