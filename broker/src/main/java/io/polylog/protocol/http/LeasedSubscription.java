package io.polylog.protocol.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.ConsumeSpec;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import io.polylog.broker.Settlement;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Of a queue, or a durable subscription of a topic: each message is the client's until it is
/// settled. On the connection's loop.
final class LeasedSubscription implements TalkSubscription, DeliveryListener {
    private final Talk talk;
    private final long id;
    private final long number;
    private final ConsumeSpec spec;
    private final long leaseMs;
    private long credit;
    private @Nullable Consumer consumer;
    private boolean isStopped;
    private boolean isClosed;

    /// @param id the client's
    /// @param number no other of the connection has it, nor will have
    /// @param leaseMs milliseconds to settle each message, or -1: as the queue says
    LeasedSubscription(Talk talk, long id, long number, ConsumeSpec spec, long leaseMs) {
        this.talk = talk;
        this.id = id;
        this.number = number;
        this.spec = spec;
        this.leaseMs = leaseMs;
        credit = spec.credit();
    }

    @Override
    public CompletionStage<@Nullable Void> begin() {
        return talk.session()
                .consume(spec, this)
                .thenAccept(made -> {
                    consumer = made;
                    if (isClosed) {
                        made.close();
                    }
                });
    }

    @Override
    public long ackTimeoutMs() {
        return leaseMs;
    }

    @Override
    public boolean goesOnWhenOverdue() {
        return true;
    }

    @Override
    public void takenBack(int partition, long first, long end, int attempt) {
        talk.leases().takenBack(number, partition, first, end, attempt);
    }

    @Override
    public boolean deliver(Delivery delivery) {
        if (isClosed) {
            talk.session().settle(List.of(delivery), Settlement.RELEASE.after(0), false);
            return false;
        }
        String lease = talk.leases().lease(number, delivery);
        talk.message(id, Shown.leased(delivery, talk.opener().message(delivery), lease));
        isStopped = !talk.socket().isWritable();
        return !isStopped;
    }

    @Override
    public void paused() {
        // all of a turn goes out at its end
    }

    @Override
    public void writable() {
        if (isStopped && consumer != null) {
            isStopped = false;
            consumer.resume();
        }
    }

    @Override
    public void cancelled() {
        failed(new BrokerException(Kind.NOT_FOUND, "it was deleted"));
    }

    @Override
    public void failed(BrokerException why) {
        if (!isClosed) {
            isClosed = true;
            talk.over(id, why);
        }
    }

    @Override
    public long credit() {
        return credit;
    }

    @Override
    public void credit(int now) {
        credit = now;
        if (consumer != null) {
            consumer.credit(now);
        }
    }

    @Override
    public CompletionStage<@Nullable Void> close() {
        isClosed = true;
        return consumer == null ? TalkSubscription.done() : consumer.close().thenApply(_ -> null);
    }
}
