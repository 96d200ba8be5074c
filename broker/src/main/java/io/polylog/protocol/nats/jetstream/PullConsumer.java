package io.polylog.protocol.nats.jetstream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Filter;
import io.polylog.broker.PublishListener.Outcome;
import io.polylog.broker.Session;
import io.polylog.broker.Settlement;
import io.polylog.broker.SubscriptionRef;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.NatsSubjects;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A consumer whose messages are asked for. It has a named subscription where they are
/// acknowledged, else a cursor. On the home loop.
final class PullConsumer implements DeliveryListener {
    private final Tools tools;
    private final TopicName stream;
    private final ConsumerRecord record;
    private final Matches matches;
    private final Unacked unacked = new Unacked();
    private final Deque<PullRequest> requests = new ArrayDeque<>();
    private final Deque<Delivery> held = new ArrayDeque<>();

    /// Offsets that come once more.
    private final Set<Long> returned = new HashSet<>();

    /// How often something was given back that is not there again yet: it goes before what is new.
    private int comingBack;

    private @Nullable Consumer core;
    private boolean closed;
    private long count;
    private long delivered = -1;
    private long lastUseMs;

    /// What all consumers share.
    ///
    /// @param wallMs milliseconds since 1970
    record Tools(Session session, Replies replies, StoredMessages stored, LongSupplier wallMs) {}

    PullConsumer(Tools tools, TopicName stream, ConsumerRecord record, Matches matches) {
        this.tools = tools;
        this.stream = stream;
        this.record = record;
        this.matches = matches;
        lastUseMs = now();
    }

    ConsumerRecord record() {
        return record;
    }

    private ConsumerConfig config() {
        return record.config();
    }

    private long now() {
        return tools.wallMs.getAsLong();
    }

    /// Begins: what is stored from now on is for it too.
    ///
    /// @param fresh whether it has never begun before
    CompletionStage<PullConsumer> open(boolean fresh) {
        String filter = config().filter();
        SubscriptionRef from =
                new SubscriptionRef(stream, config().acks() ? record.subscription() : "");
        ConsumeSpec spec =
                new ConsumeSpec(from, false, false, 0, 0, config().start(), null)
                        .with(
                                filter.isEmpty()
                                        ? Filter.NONE
                                        : new Filter("", Map.of(), NatsSubjects.pattern(filter)));
        return tools.session
                .consume(spec, this)
                .thenCompose(made -> {
                    core = made;
                    return fresh || !config().acks()
                            ? matches.begin(config().start())
                            : again(from);
                })
                .thenApply(_ -> this);
    }

    /// Goes on where it was: behind what its subscription does not owe any more, about.
    private CompletionStage<@Nullable Void> again(SubscriptionRef from) {
        return tools.session.stats(from).thenCompose(stats -> matches.goOn(stats.ready()));
    }

    // Requests -----------------------------------------------------------------------------------

    /// Somebody wants messages.
    void pull(byte[] payload, String inbox) {
        lastUseMs = now();
        PullRequest request;
        try {
            request = PullRequest.read(payload, inbox, now());
        } catch (ApiException bad) {
            status(inbox, "400 Bad Request - " + bad.getMessage());
            return;
        }
        if (requests.size() >= config().number("max_waiting")) {
            if (!request.hasHeartbeat()) {
                status(inbox, "409 Exceeded MaxWaiting");
            }
            return;
        }
        if (request.isNoWait()) {
            long wanted = request.left();
            request.limit(available());
            if (request.left() == 0) {
                status(
                        inbox,
                        wanted > 0 && !requests.isEmpty()
                                ? "408 Requests Pending"
                                : "404 No Messages");
                return;
            }
        }
        requests.add(request);
        serve();
    }

    /// Messages that are there for who asks now.
    private long available() {
        long asked = requests.stream().mapToLong(PullRequest::left).sum();
        return Math.max(0, matches.pending() + returned.size() + held.size() - asked);
    }

    private void serve() {
        while (!held.isEmpty() && !requests.isEmpty()) {
            give(held.poll());
        }
        Consumer here = core;
        if (here != null && comingBack == 0) {
            long asked = requests.stream().mapToLong(PullRequest::left).sum();
            long most = Math.min(config().mostUnacked(), unacked.size() + held.size() + asked);
            here.credit((int) Math.min(most, Integer.MAX_VALUE));
        }
    }

    @Override
    public boolean deliver(Delivery delivery) {
        if (held.isEmpty() && !requests.isEmpty()) {
            give(delivery);
        } else {
            held.add(delivery.copied());
        }
        return true;
    }

    @Override
    public void paused() {
        // each message is sent as it comes
    }

    /// Gives a message to who waits the longest.
    private void give(Delivery delivery) {
        long most = config().number("max_deliver");
        if (most > 0 && delivery.attempt() >= most) {
            returned.remove(delivery.offset());
            settle(List.of(delivery), Settlement.REJECT, false);
            return;
        }
        NatsContent message = tools.stored.open(delivery.content(), stream.name());
        long size = (long) message.headersLength() + message.payload().remaining();
        PullRequest request = requests.poll();
        while (request != null && !request.takes(size)) {
            status(request.inbox(), request.unfilled("409 Message Size Exceeds MaxBytes"));
            request = requests.poll();
        }
        if (request == null) {
            held.addFirst(delivery.copied());
            return;
        }
        send(delivery, message, request);
        request.took(size, now());
        if (request.left() > 0) {
            requests.add(request);
        } else if (request.isNoWait()) {
            status(request.inbox(), "404 No Messages");
        }
    }

    private void send(Delivery delivery, NatsContent message, PullRequest request) {
        long offset = delivery.offset();
        delivered = Math.max(delivered, offset);
        returned.remove(offset);
        matches.delivered(offset);
        count++;
        String ack =
                new AckSubject(stream.name(), record.name(), delivery.attempt() + 1, offset + 1)
                        .text(count, delivery.timeMs(), matches.pending());
        ByteBuffer sent =
                NatsContent.of(message.subject(), ack, message.headers(), message.payload());
        if (config().acks()) {
            unacked.add(delivery, now() + config().waitMs());
        } else {
            settle(List.of(delivery), Settlement.ACCEPT, false);
        }
        tools.replies.send(
                stream.namespace(),
                request.inbox(),
                sent,
                outcomes -> {
                    if (outcomes.at(0) != Outcome.STORED) {
                        unheard(request, offset);
                    }
                });
    }

    /// Nobody listens to the answers any more: the message is for the next who asks.
    private void unheard(PullRequest request, long offset) {
        requests.remove(request);
        giveBack(unacked.find(offset, false), 0);
    }

    // Acknowledgements ---------------------------------------------------------------------------

    /// What somebody says of a message that he got.
    ///
    /// @param reply where he wants to hear that it is done; "" for nowhere
    void acknowledge(AckSubject of, byte[] payload, String reply) {
        lastUseMs = now();
        AckBody body = AckBody.read(payload);
        boolean before =
                config().text("ack_policy").equals("all") && body.kind() == AckBody.Kind.ACK;
        List<Delivery> meant = unacked.find(of.sequence() - 1, before);
        switch (body.kind()) {
            case ACK, NEXT, TERMINATE -> {
                unacked.remove(meant);
                Settlement how =
                        body.kind() == AckBody.Kind.TERMINATE
                                ? Settlement.REJECT.because(body.rest())
                                : Settlement.ACCEPT;
                boolean next = body.kind() == AckBody.Kind.NEXT;
                settle(meant, how, !reply.isEmpty())
                        .whenComplete((_, _) -> {
                            if (!next) {
                                done(reply);
                            }
                        });
                if (next) {
                    pull(body.rest().getBytes(UTF_8), reply);
                }
            }
            case AGAIN -> {
                giveBack(meant, body.delayMs());
                done(reply);
            }
            case IN_PROGRESS -> {
                unacked.renew(of.sequence() - 1, now() + config().waitMs());
                done(reply);
            }
        }
        serve();
    }

    private void done(String reply) {
        if (!reply.isEmpty()) {
            tools.replies.text(stream.namespace(), reply, "");
        }
    }

    private void giveBack(List<Delivery> back, long delayMs) {
        unacked.remove(back);
        back.forEach(each -> returned.add(each.offset()));
        if (back.isEmpty() || delayMs > 0) {
            settle(back, Settlement.RELEASE.after(delayMs), false);
            serve();
            return;
        }
        comingBack++;
        settle(back, Settlement.RELEASE, true)
                .whenComplete((_, _) -> {
                    comingBack--;
                    serve();
                });
    }

    private CompletionStage<@Nullable Void> settle(
            List<Delivery> all, Settlement how, boolean awaited) {
        CompletionStage<@Nullable Void> done = CompletableFuture.completedFuture(null);
        return all.isEmpty() ? done : tools.session.settle(all, how, awaited).thenApply(_ -> null);
    }

    // Time ---------------------------------------------------------------------------------------

    /// Looks at what is over; called many times a second.
    ///
    /// @return whether the consumer itself is: nobody has used it for long
    boolean tick() {
        long now = now();
        giveBack(unacked.overdue(now), 0);
        for (PullRequest request : List.copyOf(requests)) {
            if (request.isOver(now)) {
                requests.remove(request);
                status(
                        request.inbox(),
                        request.isNoWait()
                                ? "404 No Messages"
                                : request.unfilled("408 Request Timeout"));
            } else if (request.isQuiet(now)) {
                status(request.inbox(), "100 Idle Heartbeat" + position());
            }
        }
        if (!requests.isEmpty()) {
            lastUseMs = now;
        }
        long idleNs = config().number("inactive_threshold");
        return idleNs > 0 && (now - lastUseMs) * 1_000_000 > idleNs;
    }

    private String position() {
        return "\r\nNats-Last-Consumer: " + count + "\r\nNats-Last-Stream: " + (delivered + 1);
    }

    private void status(String inbox, String line) {
        tools.replies.status(stream.namespace(), inbox, line);
    }

    // The end ------------------------------------------------------------------------------------

    /// It is deleted, or its stream is.
    CompletionStage<@Nullable Void> close() {
        closed = true;
        requests.forEach(request -> status(request.inbox(), "409 Consumer Deleted"));
        requests.clear();
        matches.close();
        Consumer here = core;
        CompletionStage<@Nullable Void> done = CompletableFuture.completedFuture(null);
        return here == null ? done : here.close().thenApply(_ -> null);
    }

    @Override
    public void cancelled() {
        core = null;
        if (!closed) {
            close();
        }
    }

    @Override
    public void failed(BrokerException why) {
        cancelled();
    }

    @Override
    public long ackTimeoutMs() {
        return Long.MAX_VALUE;
    }

    /// Whether it has ended.
    boolean isClosed() {
        return closed;
    }

    /// As clients see it.
    ObjectNode told() {
        ObjectNode told = Json.object();
        told.put("stream_name", stream.name()).put("name", record.name());
        told.put("created", Json.time(record.createdMs()));
        told.set("config", config().members());
        long floor = unacked.first() < 0 ? delivered + 1 : unacked.first();
        told.putObject("delivered").put("consumer_seq", count).put("stream_seq", delivered + 1);
        told.putObject("ack_floor")
                .put("consumer_seq", config().acks() ? count - unacked.size() : count)
                .put("stream_seq", config().acks() ? floor : delivered + 1);
        told.put("num_ack_pending", unacked.size());
        told.put("num_redelivered", unacked.redelivered());
        told.put("num_waiting", requests.size());
        told.put("num_pending", matches.pending());
        told.put("ts", Json.time(now()));
        return told;
    }
}
