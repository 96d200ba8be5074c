package io.polylog.broker.core;

import io.polylog.broker.BrokerException;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Filter;
import io.polylog.broker.Mailbox;
import io.polylog.broker.Topic;
import io.polylog.broker.command.SettleCommand.Span;
import io.polylog.broker.shard.Attachment;
import io.polylog.broker.shard.CreditPool;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// A consumer on its connection's loop: one lane for each partition, delivered in turn, as long as
/// the connection can take more.
final class LoopConsumer implements Consumer {
    /// Offsets assigned ahead where nobody settles.
    private static final int SEND_WINDOW = 4096;

    /// Deliveries in one turn of the loop, so that other connections get theirs.
    private static final int TURN = 2048;

    private final CoreSession session;
    private final ConsumeSpec spec;
    private final DeliveryListener listener;
    private final List<Lane> lanes = new ArrayList<>(1);
    private final CreditPool pool;
    private final @Nullable CreditGroup group;

    /// The topic whose partitions it is to have all, the later ones too; or null.
    private @Nullable UUID followed;

    private int limit;
    private int turn;
    private boolean started;
    private boolean paused;
    private boolean pumping;
    private boolean posted;
    private boolean waking;
    private boolean closed;

    LoopConsumer(CoreSession session, ConsumeSpec spec, DeliveryListener listener) {
        this.session = session;
        this.spec = spec;
        this.listener = listener;
        limit = spec.settleOnSend() ? SEND_WINDOW : spec.credit();
        group = spec.settleOnSend() ? null : (CreditGroup) spec.shared();
        pool = group == null ? CreditPool.alone(limit) : CreditPool.sharing(limit);
        if (group != null) {
            group.join(this, pool);
        }
    }

    Attachment.Terms terms() {
        // What a named subscription is made for is the filter of all its consumers.
        Filter own = spec.subscription().isNamed() ? Filter.NONE : spec.interest().filter();
        return new Attachment.Terms(spec.priority(), spec.exclusive(), pool, own);
    }

    /// As [DeliveryListener#ackTimeoutMs] says it.
    long ackTimeoutMs() {
        return listener.ackTimeoutMs();
    }

    ConsumeSpec spec() {
        return spec;
    }

    List<Lane> lanes() {
        return lanes;
    }

    CoreSession session() {
        return session;
    }

    Mailbox loop() {
        return session.loop();
    }

    boolean isClosed() {
        return closed;
    }

    /// From now on it hears when the topic has more partitions.
    void follow(UUID topic) {
        followed = topic;
        session.core().growth().watch(topic, this);
    }

    /// All lanes are attached and the session's user knows it.
    void start() {
        started = true;
        grow();
        pump();
    }

    /// Attaches to the partitions that its topic got since it attached.
    void grow() {
        Topic topic = followed == null ? null : session.core().catalog().topic(followed);
        if (topic == null || closed || !started || topic.partitions().size() <= lanes.size()) {
            return;
        }
        session.consumers()
                .attach(
                        this,
                        topic,
                        topic.partitions().subList(lanes.size(), topic.partitions().size()))
                .whenComplete((_, failed) -> {
                    if (failed != null && closed) {
                        close(); // again, for what was attached meanwhile
                    } else if (failed != null) {
                        cancelled();
                    } else {
                        wake(); // what was given meanwhile was offered to the lanes of before
                    }
                });
    }

    @Override
    public void credit(int credit) {
        if (!spec.settleOnSend()) {
            pool.raise((long) credit - limit);
            limit = credit;
            wake();
        }
    }

    @Override
    public void resume() {
        paused = false;
        pump();
    }

    @Override
    public CompletionStage<@Nullable Void> close() {
        return session.consumers().close(this);
    }

    void markClosed() {
        closed = true;
        lanes.forEach(Lane::closed);
        if (followed != null) {
            session.core().growth().unwatch(followed, this);
        }
        if (group != null) {
            group.leave(this, pool);
        }
    }

    /// What it was assigned will not be delivered: others of its group may have more.
    void unused(long count) {
        released(count + (closed ? pool.reclaim() : 0));
    }

    private void released(long count) {
        if (group != null) {
            group.released(count);
        }
    }

    /// Delivers what is assigned, a piece from each lane in turn.
    void pump() {
        if (pumping || closed || !started) {
            return;
        }
        pumping = true;
        int delivered = 0;
        boolean any = false;
        while (!paused && !closed && delivered < TURN && hasWork()) {
            Lane lane = lanes.get(turn++ % lanes.size());
            int count = lane.deliver();
            delivered += count;
            any |= count > 0;
            if (spec.settleOnSend()) {
                release(count);
            }
        }
        pumping = false;
        if (any && !closed) {
            listener.paused();
        }
        if (!paused && !closed && hasWork()) {
            pumpSoon();
        }
        wakeIfStarved();
    }

    void pumpSoon() {
        if (!posted) {
            posted = true;
            loop().post(this::pumpAgain);
        }
    }

    private void pumpAgain() {
        posted = false;
        pump();
    }

    private boolean hasWork() {
        for (Lane lane : lanes) {
            if (lane.hasWork()) {
                return true;
            }
        }
        return false;
    }

    boolean deliver(Delivery delivery) {
        boolean more = listener.deliver(delivery);
        paused |= !more;
        return more && !closed;
    }

    /// Deliveries of this consumer are being settled: their stream hears of it with the settlement.
    /// The streams of other lanes do not.
    void release(long count) {
        if (count > 0) {
            pool.raise(count);
            released(count);
            wakeIfStarved();
            if (lanes.size() > 1) {
                wakeSoon();
            }
        }
    }

    /// Deliveries of this consumer were given back, and that is applied already: nobody else tells
    /// their stream that there is credit again.
    void releaseLate(long count) {
        if (count > 0) {
            pool.raise(count);
            released(count);
            wakeSoon();
        }
    }

    /// However little credit there is: what waits must not wait for more of it to come back.
    private void wakeSoon() {
        if (!waking && pool.available() > 0) {
            waking = true;
            loop().post(this::wakeNow);
        }
    }

    private void wakeNow() {
        waking = false;
        if (!closed && pool.available() > 0 && pool.takeStarved()) {
            wake();
        }
    }

    /// A shard that found no credit is told once a quarter of it is back. Sooner it hears only with
    /// the settlements themselves.
    private void wakeIfStarved() {
        if (pool.available() > 0 && pool.available() >= limit / 4 && pool.takeStarved()) {
            wake();
        }
        if (group != null) {
            group.share();
        }
    }

    private void wake() {
        for (Lane lane : lanes) {
            long subscription = lane.subscription();
            if (subscription >= 0) {
                lane.port.run(serving -> serving.serve(subscription));
            }
        }
    }

    /// Whether all its lanes can be offered something.
    boolean isStarted() {
        return started;
    }

    /// As [#wake], for who wants to know when it is over.
    ///
    /// @param served runs once for each lane, when it was given what there is for it
    /// @return how many lanes
    int offer(Runnable served) {
        pool.takeStarved();
        int count = 0;
        for (Lane lane : lanes) {
            long subscription = lane.subscription();
            if (subscription >= 0) {
                count++;
                lane.port.ask(
                        loop(),
                        serving -> {
                            serving.serve(subscription);
                            return subscription;
                        },
                        _ -> served.run());
            }
        }
        return count;
    }

    /// It cannot go on.
    void failed(BrokerException why) {
        if (!closed) {
            close();
            listener.failed(why);
        }
    }

    /// It kept something too long, which is given back already.
    void overdue(Lane lane, List<Span> spans) {
        if (closed) {
            return;
        }
        if (!listener.goesOnWhenOverdue()) {
            close();
            listener.overdue(lane.claims.timeoutMs());
            return;
        }
        long count = 0;
        for (Span span : spans) {
            count += span.end() - span.first();
            listener.takenBack(lane.partition(), span.first(), span.end(), span.attempt());
        }
        long free = count;
        // Credit comes back behind the messages, so that they are served in their order.
        session.consumers().settles().afterAll(() -> releaseLate(free));
    }

    void exhausted(int partition, Span gone) {
        if (!closed) {
            listener.exhausted(partition, gone.first(), gone.end(), gone.attempt());
        }
    }

    void cancelled() {
        if (!closed) {
            // One partition is enough: the consumer does not stay with the others.
            close();
            listener.cancelled();
        }
    }
}
