package io.polylog.protocol.nats.jetstream.streams;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsSubjects;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.api.Replies;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Publishes what a stream stores once more, on another subject, to whoever listens there: whatever
/// protocol published it, from when it begins. On the home loop.
public final class Republishing implements DeliveryListener {
    private static final Logger log = LoggerFactory.getLogger(Republishing.class);

    private static final int AT_ONCE = 256;
    private static final int MOST_REMEMBERED = 10_000;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Session session;
    private final Replies replies;
    private final StoredMessages stored;
    private final StreamTopic stream;
    private final SubjectTransform transform;
    private final Deque<Delivery> waiting = new ArrayDeque<>();
    private @Nullable Consumer consumer;
    private boolean busy;
    private boolean ended;

    /// The newest sequence of each subject, as far as is remembered.
    private final Map<String, Long> newest =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
                    return size() > MOST_REMEMBERED;
                }
            };

    public Republishing(
            Session session,
            Replies replies,
            StoredMessages stored,
            StreamTopic stream,
            SubjectTransform transform,
            ConsumeSpec.Start from) {
        this.session = session;
        this.replies = replies;
        this.stored = stored;
        this.stream = stream;
        this.transform = transform;
        ConsumeSpec spec =
                new ConsumeSpec(stream.subscription(""), false, false, 0, AT_ONCE, from, null);
        session.consume(spec, this)
                .whenComplete((made, refused) -> {
                    if (refused != null) {
                        log.warn("{} is not republished: {}", stream.name(), refused.getMessage());
                    } else if (ended) {
                        made.close();
                    } else {
                        consumer = made;
                    }
                });
    }

    public void end() {
        ended = true;
        if (consumer != null) {
            consumer.close();
        }
    }

    @Override
    public boolean deliver(Delivery delivery) {
        waiting.add(delivery.copied());
        next();
        return true;
    }

    @Override
    public void paused() {}

    @Override
    public void cancelled() {
        ended = true;
    }

    @Override
    public void failed(BrokerException why) {
        ended = true;
        log.warn("{} is not republished any more: {}", stream.name(), why.getMessage());
    }

    private void next() {
        if (busy || waiting.isEmpty() || ended) {
            return;
        }
        busy = true;
        Delivery delivery = waiting.remove();
        NatsContent message = stored.open(delivery, stream.topicName().name());
        before(message.subject(), delivery.offset())
                .whenComplete((sequence, failed) -> {
                    send(delivery, message, failed == null ? sequence : 0);
                    newest.put(message.subject(), delivery.offset() + 1);
                    session.settle(List.of(delivery), Settlement.ACCEPT, false);
                    busy = false;
                    next();
                });
    }

    /// The sequence of the message of a subject before an offset, 0 where there is none.
    private CompletionStage<Long> before(String subject, long offset) {
        Long known = newest.get(subject);
        if (known != null || !stream.isIndexed()) {
            return CompletableFuture.completedFuture(known == null ? 0L : known);
        }
        return session.subjects(stream.topicName(), 0)
                .last(NatsSubjects.neutral(subject), offset)
                .thenApply(last -> last + 1);
    }

    private void send(Delivery delivery, NatsContent message, long before) {
        String subject = message.subject();
        if (!transform.fits(subject)) {
            return;
        }
        boolean headersOnly =
                stream.config().members().path("republish").path("headers_only").asBoolean(false);
        String lines =
                String.join(
                        "\r\n",
                        "Nats-Stream: " + stream.config().name(),
                        "Nats-Subject: " + subject,
                        "Nats-Sequence: " + (delivery.offset() + 1),
                        "Nats-Time-Stamp: " + Json.time(delivery.timeMs()),
                        "Nats-Last-Sequence: " + before);
        if (headersOnly) {
            lines += "\r\nNats-Msg-Size: " + message.payload().remaining();
        }
        String to = transform.apply(subject);
        ByteBuffer payload = headersOnly ? NOTHING : message.payload();
        replies.send(
                stream.topicName().namespace(),
                to,
                NatsContent.of(to, "", Replies.headers(message, lines), payload),
                () -> {});
    }
}
