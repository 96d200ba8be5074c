package io.polylog.protocol.nats.jetstream.consumers;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Settlement;
import io.polylog.message.TopicName;
import io.polylog.protocol.nats.NatsContent;
import io.polylog.protocol.nats.jetstream.api.AckSubject;
import io.polylog.protocol.nats.jetstream.api.ApiError;
import io.polylog.protocol.nats.jetstream.api.Json;
import io.polylog.protocol.nats.jetstream.streams.StreamTopic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A consumer of a stream. It has a named subscription where what it has delivered is remembered,
/// else a cursor; its outlet says where messages go. On the home loop.
public final class StreamConsumer implements DeliveryListener {
    /// Messages on their way to listeners' loops, before it waits for them to get there.
    private static final int MOST_UNDER_WAY = 512;

    private static final long CHECK_MS = 1000;

    /// Nobody has used it for so long when it rests.
    private static final long REST_MS = 5_000;

    private final Tools tools;
    private final StreamTopic source;
    private final TopicName stream;
    private final ConsumerFeed feed;
    private final Outlet outlet;
    private final DeadLetters letters;
    private final Unacked unacked = new Unacked();
    private final Deque<Delivery> held = new ArrayDeque<>();

    /// When what comes once more is to come, by offset: milliseconds since 1970.
    private final Map<Long, Long> returned = new HashMap<>();

    /// How often something was given back that is not there again yet: it goes before what is new.
    private int comingBack;

    /// Sent and never acknowledged, not told to the core yet.
    private List<Delivery> through = new ArrayList<>();

    private ConsumerRecord record;
    private DeliveryTerms terms;
    private Pace pace = new Pace(0, 0);
    private boolean closed;

    /// Whether the core waits to be told to go on.
    private boolean stopped;

    /// Whether it looks again by itself, later.
    private boolean delayed;

    /// Of its stream's name and its own.
    private final int namesLength;

    private int underWay;
    private final AckSamples samples = new AckSamples();

    private long count;
    private long delivered = -1;
    private long lastUseMs;
    private long checkedMs;

    /// How far one came, beside what its subscription knows.
    ///
    /// @param count of its deliveries
    record Progress(long count) {}

    StreamConsumer(Tools tools, StreamTopic of, ConsumerRecord record) {
        this.tools = tools;
        source = of;
        stream = of.name();
        this.record = record;
        terms = DeliveryTerms.of(record.config());
        feed = new ConsumerFeed(tools, of, this, record);
        outlet = record.config().isPush() ? push() : pull();
        letters = new DeadLetters(tools, of);
        namesLength = stream.name().length() + record.name().length();
        lastUseMs = now();
    }

    private Outlet pull() {
        PriorityGroup group = new PriorityGroup(this::config, tools.uniqueNames(), tools.wallMs());
        PullOutlet.Load load =
                new PullOutlet.Load() {
                    @Override
                    public long pending() {
                        return available();
                    }

                    @Override
                    public long unacked() {
                        return unacked.size();
                    }

                    @Override
                    public void unpinned() {
                        tools.advisories().unpinned(stream, record.name(), group.name(), "timeout");
                    }
                };
        return new PullOutlet(
                tools.replies(), stream.namespace(), this::config, tools.wallMs(), group, load);
    }

    private Outlet push() {
        String questions = FlowControl.PREFIX + stream.name() + "." + record.name() + ".";
        FlowControl flow = config().flag("flow_control") ? new FlowControl(questions) : null;
        return new PushOutlet(
                tools.replies(), stream.namespace(), this::config, tools.wallMs(), flow);
    }

    ConsumerRecord record() {
        return record;
    }

    private ConsumerConfig config() {
        return record.config();
    }

    private long now() {
        return tools.wallMs().getAsLong();
    }

    /// Begins for the first time: what is stored from now on is for it too.
    CompletionStage<StreamConsumer> begin() {
        return open(true, null);
    }

    /// Goes on behind what its subscription has given to somebody.
    ///
    /// @param progress how far it came, where that is known
    CompletionStage<StreamConsumer> goOn(@Nullable Progress progress) {
        return open(false, progress);
    }

    private CompletionStage<StreamConsumer> open(boolean fresh, @Nullable Progress progress) {
        return feed.open(fresh)
                .thenApply(_ -> {
                    count = progress == null ? feed.counted() : progress.count;
                    delivered = fresh ? delivered : feed.wanted().next() - 1;
                    long end = config().text("replay_policy").equals("original") ? end() : 0;
                    pace = new Pace(config().number("rate_limit_bps"), end);
                    serve();
                    return this;
                });
    }

    private long end() {
        var reader = source.reader(tools.session());
        try {
            return reader.endOffset();
        } finally {
            reader.close();
        }
    }

    /// It has another configuration from now on.
    CompletionStage<StreamConsumer> become(ConsumerRecord changed) {
        if (changed.equals(record)) {
            return CompletableFuture.completedFuture(this);
        }
        record = changed;
        terms = DeliveryTerms.of(changed.config());
        pace = new Pace(config().number("rate_limit_bps"), 0);
        return feed.become(changed)
                .thenApply(_ -> {
                    serve();
                    return this;
                });
    }

    // Deliveries ---------------------------------------------------------------------------------

    /// Whether messages are asked for, not pushed.
    public boolean isPulled() {
        return outlet instanceof PullOutlet;
    }

    /// Somebody wants messages.
    public void pull(byte[] payload, String inbox) {
        lastUseMs = now();
        if (outlet instanceof PullOutlet requests) {
            requests.ask(payload, inbox, isPaused() ? 0 : available());
            serve();
        } else {
            tools.replies().status(stream.namespace(), inbox, "409 Consumer is push based");
        }
    }

    /// Lets somebody else of a priority group be the one that gets all.
    ///
    /// @throws ApiException where there is no such group
    public void unpin(String group) {
        if (!(outlet instanceof PullOutlet requests)
                || !config().texts("priority_groups").contains(group)) {
            throw ApiError.NO_GROUP.plain();
        }
        requests.unpin();
        tools.advisories().unpinned(stream, record.name(), group, "admin");
        serve();
    }

    /// A listener says how far he is.
    ///
    /// @param question the subject he was asked to say it on
    public void answered(String question) {
        if (outlet instanceof PushOutlet listener) {
            listener.answered(question);
            serve();
        }
    }

    /// Messages that can be given at once.
    private long available() {
        long now = now();
        return feed.wanted().pending()
                + unacked.countOverdue(now)
                + returned.values().stream().filter(due -> due <= now).count();
    }

    private boolean isPaused() {
        return terms.pausedUntilMs() > 0 && terms.pausedUntilMs() > now();
    }

    /// Gives what can be given.
    private void serve() {
        if (!feed.isAttached() || closed || comingBack > 0) {
            return;
        }
        returnOverdue();
        if (comingBack > 0) {
            return;
        }
        while (!held.isEmpty() && underWay < MOST_UNDER_WAY && give(held.peek())) {
            held.remove();
        }
        settleThrough();
        long wanted = isPaused() ? 0 : outlet.wanted();
        long most = Math.min(terms.mostUnacked(), unacked.size() + held.size() + wanted);
        feed.credit((int) most);
        if (stopped && held.isEmpty() && underWay < MOST_UNDER_WAY) {
            stopped = false;
            feed.resume();
        }
    }

    @Override
    public boolean deliver(Delivery delivery) {
        if (!held.isEmpty() || !give(delivery)) {
            held.add(delivery.copied());
        }
        stopped = !held.isEmpty() || underWay >= MOST_UNDER_WAY;
        return !stopped;
    }

    @Override
    public void paused() {
        settleThrough();
    }

    private void settleThrough() {
        if (!through.isEmpty()) {
            List<Delivery> all = through;
            through = new ArrayList<>(all.size());
            settle(all, Settlement.ACCEPT, false);
        }
    }

    /// Gives a message to who is next.
    ///
    /// @return false where it must wait
    private boolean give(Delivery delivery) {
        long offset = delivery.offset();
        if (delivery.attempt() > lastAttempt()) {
            exhaust(delivery);
            return true;
        }
        NatsContent message = tools.stored().open(delivery, source.topicName().name());
        if (!feed.wanted().wants(offset, message.subject())) {
            settle(List.of(delivery), Settlement.ACCEPT, false);
            return true;
        }
        long now = now();
        long waitMs = pace.waitMs(offset, delivery.timeMs(), now);
        if (isPaused() || waitMs > 0) {
            later(waitMs);
            return false;
        }
        long bytes = packing().size(message, namesLength);
        String to = outlet.take(bytes);
        if (to == null) {
            return false;
        }
        send(delivery, message, to, now);
        outlet.sent(bytes, this::available);
        pace.sent(delivery.timeMs(), bytes, now);
        return true;
    }

    private Packing packing() {
        return new Packing(terms.headersOnly());
    }

    private void later(long waitMs) {
        if (waitMs > 0 && !delayed) {
            delayed = true;
            tools.home()
                    .schedule(
                            () -> {
                                delayed = false;
                                serve();
                            },
                            waitMs,
                            TimeUnit.MILLISECONDS);
        }
    }

    private void send(Delivery delivery, NatsContent message, String to, long nowMs) {
        long offset = delivery.offset();
        delivered = Math.max(delivered, offset);
        returned.remove(offset);
        feed.wanted().delivered(offset);
        count++;
        feed.counts(count);
        // What may have been delivered before a restart counts as if it was.
        long deliveries = Math.max(delivery.attempt() + 1L, delivery.redelivered() ? 2 : 1);
        String ack =
                new AckSubject(stream.name(), record.name(), deliveries, offset + 1, count)
                        .text(delivery.timeMs(), feed.wanted().pending());
        if (terms.acks()) {
            unacked.add(delivery, nowMs, nowMs + terms.waitMs(delivery.attempt()));
        } else {
            through.add(delivery);
        }
        underWay++;
        tools.replies()
                .send(
                        stream.namespace(),
                        to,
                        packing().packed(message, ack, outlet.headers()),
                        this::arrived);
    }

    /// A message is with its listeners.
    private void arrived() {
        underWay--;
        if (stopped && underWay == MOST_UNDER_WAY / 2) {
            tools.home().execute(this::serve);
        }
    }

    // Acknowledgements ---------------------------------------------------------------------------

    /// What somebody says of a message that he got.
    ///
    /// @param reply where he wants to hear that it is done; "" for nowhere
    public void acknowledge(AckSubject of, byte[] payload, String reply) {
        lastUseMs = now();
        AckBody body = AckBody.read(payload);
        boolean before =
                config().text("ack_policy").equals("all") && body.kind() == AckBody.Kind.ACK;
        List<Delivery> meant = unacked.find(of.sequence() - 1, before);
        switch (body.kind()) {
            case ACK, NEXT, TERMINATE -> {
                if (body.kind() != AckBody.Kind.TERMINATE) {
                    measure(of);
                }
                unacked.remove(meant);
                Settlement how =
                        body.kind() == AckBody.Kind.TERMINATE
                                ? Settlement.REJECT.because(body.rest())
                                : Settlement.ACCEPT;
                if (body.kind() == AckBody.Kind.TERMINATE) {
                    tools.advisories().terminated(stream, of, body.rest());
                }
                boolean next = body.kind() == AckBody.Kind.NEXT;
                settle(meant, how, !reply.isEmpty())
                        .whenComplete((_, failed) -> {
                            if (!next && (failed == null || isLate(failed))) {
                                done(reply);
                            }
                        });
                if (next) {
                    pull(body.rest().getBytes(UTF_8), reply);
                }
            }
            case AGAIN -> {
                tools.advisories().givenBack(stream, of);
                giveBack(meant, body.delayMs());
                done(reply);
            }
            case IN_PROGRESS -> {
                unacked.renew(meant, each -> now() + terms.waitMs(each.attempt()));
                done(reply);
            }
        }
        serve();
    }

    /// Tells how long an acknowledgement took, of as many as are to be told.
    private void measure(AckSubject of) {
        long sentMs = unacked.sentMs(of.sequence() - 1);
        if (sentMs >= 0 && samples.next(terms.samplePercent())) {
            tools.advisories().acknowledged(stream, of, now() - sentMs);
        }
    }

    private void done(String reply) {
        if (!reply.isEmpty()) {
            tools.replies().text(stream.namespace(), reply, "");
        }
    }

    /// With which attempt a message is delivered for the last time.
    private long lastAttempt() {
        long most = terms.mostDeliveries();
        return most > 0 ? most - 1 : Long.MAX_VALUE;
    }

    /// A message is not delivered any more.
    private void exhaust(Delivery delivery) {
        returned.remove(delivery.offset());
        tools.advisories()
                .exhausted(stream, record.name(), delivery.offset() + 1, terms.mostDeliveries());
        letters.send(delivery, record);
    }

    /// What was not acknowledged in time goes to who asks. Until somebody does, an acknowledgement
    /// counts.
    private void returnOverdue() {
        long wanted = isPaused() ? 0 : outlet.wanted();
        giveBack(unacked.overdue(now(), wanted, lastAttempt()), 0);
    }

    private void giveBack(List<Delivery> all, long delayMs) {
        unacked.remove(all);
        List<Delivery> back = new ArrayList<>(all);
        back.removeIf(each -> each.attempt() >= lastAttempt());
        for (Delivery each : all) {
            if (each.attempt() >= lastAttempt()) {
                exhaust(each);
            }
        }
        long due = now() + delayMs;
        back.forEach(each -> returned.put(each.offset(), due));
        if (back.isEmpty() || delayMs > 0) {
            settle(back, Settlement.RELEASE.after(delayMs), false);
            return;
        }
        comingBack++;
        settle(back, Settlement.RELEASE, true)
                .whenComplete((_, _) -> {
                    comingBack--;
                    serve();
                });
    }

    /// Whether it was not the consumer's any more. Else it is not known to be on disk, and nobody
    /// may be told that it is.
    private static boolean isLate(Throwable failed) {
        return BrokerException.reason(failed) instanceof BrokerException refused
                && refused.kind() == BrokerException.Kind.CONFLICT;
    }

    private CompletionStage<@Nullable Void> settle(
            List<Delivery> all, Settlement how, boolean awaited) {
        CompletionStage<@Nullable Void> done = CompletableFuture.completedFuture(null);
        return all.isEmpty()
                ? done
                : tools.session().settle(all, how, awaited).thenApply(_ -> null);
    }

    // Time ---------------------------------------------------------------------------------------

    /// Looks at what is over; called many times a second.
    ///
    /// @return whether the consumer itself is: nobody has used it for long
    boolean tick() {
        long now = now();
        outlet.tick(this::position);
        serve();
        if (now - checkedMs >= CHECK_MS) {
            checkedMs = now;
            feed.wanted().check();
        }
        if (outlet.isUsed()) {
            lastUseMs = now;
        }
        long idleNs = config().number("inactive_threshold");
        return idleNs > 0 && now - lastUseMs > TimeUnit.NANOSECONDS.toMillis(idleNs);
    }

    /// Whether nobody uses it, nothing is on its way, and it can go on where it is at any time.
    boolean isIdle() {
        boolean quiet =
                held.isEmpty()
                        && unacked.size() == 0
                        && returned.isEmpty()
                        && underWay == 0
                        && comingBack == 0;
        return quiet && config().mayRest() && !outlet.isUsed() && now() - lastUseMs > REST_MS;
    }

    Progress progress() {
        return new Progress(count);
    }

    private String position() {
        return "\r\nNats-Last-Consumer: " + count + "\r\nNats-Last-Stream: " + (delivered + 1);
    }

    // The end ------------------------------------------------------------------------------------

    /// It is deleted, or its stream is.
    CompletionStage<@Nullable Void> close() {
        closed = true;
        outlet.close();
        held.clear();
        return feed.close();
    }

    @Override
    public void cancelled() {
        feed.cancelled();
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

    /// Whether somebody listens where it pushes to.
    boolean isBound() {
        return outlet instanceof PushOutlet && outlet.isUsed();
    }

    /// As clients see it.
    public ObjectNode told() {
        ObjectNode told = Json.object();
        told.put("stream_name", stream.name()).put("name", record.name());
        told.put("created", Json.time(record.createdMs()));
        told.set("config", config().told());
        long floor = unacked.first() < 0 ? delivered + 1 : unacked.first();
        told.putObject("delivered").put("consumer_seq", count).put("stream_seq", delivered + 1);
        told.putObject("ack_floor")
                .put("consumer_seq", config().acks() ? count - unacked.size() : count)
                .put("stream_seq", config().acks() ? floor : delivered + 1);
        told.put("num_ack_pending", unacked.size());
        told.put("num_redelivered", unacked.redelivered());
        told.put("num_pending", feed.wanted().pending());
        outlet.tell(told);
        tellPause(told);
        told.put("ts", Json.time(now()));
        return told;
    }

    /// Adds how long it is paused yet, if it is.
    public void tellPause(ObjectNode told) {
        long leftMs = terms.pausedUntilMs() - now();
        if (leftMs > 0) {
            told.put("paused", true);
            told.put("pause_remaining", TimeUnit.MILLISECONDS.toNanos(leftMs));
        }
    }
}
