package io.polylog.protocol.stomp;

import io.netty.buffer.ByteBuf;
import io.netty.util.collection.LongObjectHashMap;
import io.polylog.broker.Binding;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Filter;
import io.polylog.broker.SubscriptionRef;
import io.polylog.protocol.stomp.QueueSubscription.Mode;
import io.polylog.protocol.stomp.QueueSubscription.Taken;
import io.polylog.protocol.stomp.QueueSubscription.Traits;
import io.polylog.protocol.stomp.Receipts.Due;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// SUBSCRIBE and UNSUBSCRIBE, and the MESSAGE frames of all subscriptions. On the connection's
/// loop.
final class Subscriptions {
    private final OpenStomp open;
    private final Translation translation;
    private final Map<String, Subscription> all = new HashMap<>(4);
    private final LongObjectHashMap<QueueSubscription> unacked = new LongObjectHashMap<>();

    /// The queues for replies to this connection, by their `/temp-queue/` destinations.
    private final Map<String, String> replyQueues = new HashMap<>(0);

    private long lastNumber;

    /// What a MESSAGE says beside the message.
    ///
    /// @param subscription its id, or ""
    /// @param asks whether it is to be acknowledged
    /// @param offset where it lies in a topic that is read, or -1
    record Head(String subscription, boolean redelivered, boolean asks, long offset) {}

    Subscriptions(OpenStomp open) {
        this.open = open;
        translation = new Translation(open.wire().seams().codecs());
    }

    Translation translation() {
        return translation;
    }

    // SUBSCRIBE ----------------------------------------------------------------------------------

    void subscribe(StompFrame frame) {
        String text = frame.required("destination");
        String key = SubscribeFrame.key(frame);
        if (all.containsKey(key)) {
            throw new StompException(
                    "Duplicated subscription identifier", "there is one already: " + key);
        }
        if (key.startsWith(StompDestination.TEMP_QUEUE)) {
            throw StompException.invalidHeader(
                    "'id' must not begin with " + StompDestination.TEMP_QUEUE);
        }
        switch (StompDestination.parse(text)) {
            case StompDestination.Queue(String name) -> queue(frame, text, name);
            case StompDestination.Existing(String name) ->
                    attach(frame, open.queues().consumed(name), traits(frame, text, ""), true);
            case StompDestination.Topic(String pattern) -> topic(frame, text, pattern);
            case StompDestination.Exchange(String name, String routingKey) ->
                    bound(frame, text, name, routingKey);
            case StompDestination.Temp _ ->
                    throw new StompException(
                            "Invalid destination",
                            "'" + text + "' is only for the reply-to of a SEND");
        }
    }

    private void queue(StompFrame frame, String text, String name) {
        if (open.queues().exists(name)) {
            attach(frame, open.queues().consumed(name), traits(frame, text, ""), true);
        } else {
            open.turn();
            open.wire().await(frame, open.queues().declare(name, frame), _ -> subscribe(frame));
        }
    }

    private void topic(StompFrame frame, String text, String pattern) {
        if (!SubscribeFrame.isLive(frame)) {
            bound(frame, text, open.session().definitions().subjectExchange(), pattern);
            return;
        }
        Due due = open.due(frame);
        open.turn();
        var subscription = new LiveSubscription(open, frame.header("id", ""));
        subscription.listen(pattern);
        all.put(SubscribeFrame.key(frame), subscription);
        OpenStomp.done(due);
    }

    /// Through a queue of its own, which an exchange leads to.
    private void bound(StompFrame frame, String text, String exchange, String key) {
        boolean durable = SubscribeFrame.isDurable(frame);
        String named = frame.header("x-queue-name");
        String unique = "stomp.gen-" + open.wire().seams().uniqueNames().get();
        String name =
                named != null
                        ? named
                        : durable ? Queues.durableName(text, frame.required("id")) : unique;
        boolean own = named == null && !durable;
        Filter filter = Filter.sql(frame.header("selector", ""));
        Traits traits = traits(frame, text, own ? "" : name);
        var link = new Binding(open.terms().namespace(), exchange, false, name, key, Map.of());
        open.turn();
        open.wire()
                .await(
                        frame,
                        (own
                                        ? open.queues().declareOwn(name, filter, frame)
                                        : open.queues().declareFor(name, durable, filter, frame))
                                .thenCompose(_ -> open.session().bind(link)),
                        _ -> attach(frame, open.queues().consumed(name), traits, false));
    }

    private static Traits traits(StompFrame frame, String text, String queue) {
        return new Traits(frame.header("id", ""), text, SubscribeFrame.mode(frame), false, queue);
    }

    private void attach(
            StompFrame frame, SubscriptionRef consumed, Traits traits, boolean selects) {
        boolean cursor = open.queues().isRead(consumed);
        Traits own =
                new Traits(
                        traits.id(), traits.destination(), traits.mode(), cursor, traits.queue());
        var subscription = new QueueSubscription(open, own);
        ConsumeSpec spec = SubscribeFrame.spec(frame, consumed, own, selects);
        Due due = open.due(frame);
        all.put(SubscribeFrame.key(frame), subscription);
        open.turn();
        open.wire()
                .await(
                        frame,
                        open.session().consume(spec, subscription),
                        consumer -> {
                            subscription.attached(consumer);
                            OpenStomp.done(due);
                        });
    }

    // Replies ------------------------------------------------------------------------------------

    /// The queue that stands for a `/temp-queue/`, or null where none was made yet.
    @Nullable String replyQueue(String destination) {
        return replyQueues.get(destination);
    }

    /// Makes it, and a subscription to it.
    CompletionStage<?> makeReplyQueue(String destination) {
        StompDestination.parse(destination);
        String name = "stomp.gen-" + open.wire().seams().uniqueNames().get();
        var subscription =
                new QueueSubscription(
                        open, new Traits(destination, destination, Mode.AUTO, false, ""));
        StompFrame plain = new StompFrame("SUBSCRIBE", new StompFrame.Headers(), new byte[0]);
        SubscriptionRef queue = new SubscriptionRef(open.queues().named(name), "");
        return open.queues()
                .declareOwn(name, Filter.NONE, plain)
                .thenCompose(_ ->
                        open.session()
                                .consume(
                                        new ConsumeSpec(queue, true, true, 0, Integer.MAX_VALUE),
                                        subscription))
                .thenAccept(consumer -> {
                    subscription.attached(consumer);
                    all.put(destination, subscription);
                    replyQueues.put(destination, name);
                });
    }

    // UNSUBSCRIBE --------------------------------------------------------------------------------

    void unsubscribe(StompFrame frame) {
        Subscription subscription = all.remove(SubscribeFrame.key(frame));
        if (subscription == null) {
            throw new StompException(
                    "No subscription found", "UNSUBSCRIBE must refer to an existing subscription");
        }
        Due due = open.due(frame);
        CompletionStage<Void> gone = subscription.close();
        boolean forget = SubscribeFrame.isDurable(frame) && !subscription.queue().isEmpty();
        open.wire()
                .await(
                        frame,
                        forget ? deleted(gone, subscription) : gone,
                        _ -> OpenStomp.done(due));
    }

    private CompletionStage<Void> deleted(CompletionStage<Void> gone, Subscription subscription) {
        var queue = open.queues().named(subscription.queue());
        return gone.thenCompose(_ ->
                open.session().definitions().topic(queue) == null
                        ? CompletableFuture.<Void>completedFuture(null)
                        : open.session().deleteTopic(queue, false, false).thenApply(_ -> null));
    }

    // MESSAGE ------------------------------------------------------------------------------------

    /// Sends one; gives its number on this connection.
    long message(Head head, StompContent content) {
        long number = ++lastNumber;
        StompVersion version = open.version();
        ByteBuf out = open.wire().output().buffer();
        StompWriter.command(out, "MESSAGE");
        if (!head.subscription.isEmpty()) {
            StompWriter.header(out, version, "subscription", head.subscription);
        }
        StompWriter.header(out, version, "destination", content.destination());
        StompWriter.plain(out, "message-id", open.terms().session() + "-", number);
        StompWriter.header(out, version, "redelivered", head.redelivered ? "true" : "false");
        if (head.asks && version == StompVersion.V1_2) {
            StompWriter.plain(out, "ack", open.terms().session() + "-", number);
        }
        if (head.offset >= 0) {
            StompWriter.plain(out, "x-stream-offset", "", head.offset);
        }
        content.writeTo(out, version);
        return number;
    }

    // ACK and NACK -------------------------------------------------------------------------------

    void owns(long number, QueueSubscription subscription) {
        unacked.put(number, subscription);
    }

    /// Takes out what an acknowledgement is about.
    ///
    /// @param id as MESSAGE had it
    List<Taken> take(String id) {
        QueueSubscription subscription = unacked.get(number(id));
        if (subscription == null) {
            throw new StompException(
                    "Message not found", "'" + id + "' is no message that waits for this");
        }
        List<Taken> taken = subscription.take(number(id));
        taken.forEach(each -> unacked.remove(each.number()));
        return taken;
    }

    /// 0, which no message has, where it is none of ours.
    private long number(String id) {
        String ours = open.terms().session() + "-";
        try {
            return id.startsWith(ours) ? Long.parseLong(id.substring(ours.length())) : 0;
        } catch (NumberFormatException none) {
            return 0;
        }
    }

    /// A transaction was aborted.
    void putBack(Taken taken) {
        taken.from().putBack(taken);
        unacked.put(taken.number(), taken.from());
    }

    // --------------------------------------------------------------------------------------------

    void resume() {
        for (Subscription subscription : all.values().toArray(Subscription[]::new)) {
            subscription.resume();
        }
    }

    /// The connection ends.
    void end() {
        all.values().forEach(Subscription::close);
        all.clear();
    }
}
