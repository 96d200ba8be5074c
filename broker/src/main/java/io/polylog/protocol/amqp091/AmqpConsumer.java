package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Consumer;
import io.polylog.broker.Delivery;
import io.polylog.broker.DeliveryListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// One basic.consume: the core's consumer on the one side, a tag on the other. On the connection's
/// loop.
final class AmqpConsumer implements DeliveryListener {
    private final ConsumerMethods methods;
    private final Traits traits;
    private final byte[] tagBytes;
    private final Runnable answer;
    private @Nullable Consumer attached;
    private boolean answered;
    private boolean gone;
    private boolean stopped;

    /// What its deliveries are like.
    ///
    /// @param tag names it on its channel
    /// @param noAck they are settled when they are sent
    /// @param note what its deliveries say beside the message
    /// @param filter what it wants, or null: everything
    /// @param ackTimeoutMs as [#ackTimeoutMs]
    record Traits(
            String tag,
            boolean noAck,
            Deliveries.Note note,
            @Nullable StreamFilter filter,
            long ackTimeoutMs) {}

    /// @param answer writes consume-ok; runs before the first delivery
    AmqpConsumer(ConsumerMethods methods, Traits traits, Runnable answer) {
        this.methods = methods;
        this.traits = traits;
        this.tagBytes = traits.tag.getBytes(UTF_8);
        this.answer = answer;
    }

    @Override
    public long ackTimeoutMs() {
        return traits.ackTimeoutMs;
    }

    String tag() {
        return traits.tag;
    }

    byte[] tagBytes() {
        return tagBytes;
    }

    boolean noAck() {
        return traits.noAck;
    }

    Deliveries.Note note() {
        return traits.note;
    }

    @Nullable StreamFilter filter() {
        return traits.filter;
    }

    boolean isGone() {
        return gone;
    }

    /// The core has it attached.
    void attached(Consumer consumer) {
        attached = consumer;
        if (gone) {
            consumer.close();
        } else {
            answer();
        }
    }

    private void answer() {
        if (!answered) {
            answered = true;
            answer.run();
        }
    }

    void credit(int credit) {
        if (attached != null && !gone) {
            attached.credit(credit);
        }
    }

    @Override
    public boolean deliver(Delivery delivery) {
        if (gone) {
            methods.giveBack(delivery);
            return false;
        }
        answer();
        boolean more = methods.deliver(this, delivery);
        stopped = !more;
        return more;
    }

    @Override
    public void paused() {
        // Everything of a round goes out at its end, whoever paused.
    }

    @Override
    public void cancelled() {
        if (!gone) {
            gone = true;
            methods.cancelled(this);
        }
    }

    @Override
    public void overdue(long timeoutMs) {
        if (!gone) {
            gone = true;
            methods.overdue(this, timeoutMs);
        }
    }

    @Override
    public void failed(BrokerException why) {
        if (!gone) {
            gone = true;
            methods.failed(this, why);
        }
    }

    /// There is room again.
    void resume() {
        if (stopped && !gone && attached != null) {
            stopped = false;
            attached.resume();
        }
    }

    /// Completes when the core has let go of it.
    CompletionStage<Void> close() {
        if (!gone) {
            gone = true;
            if (attached != null) {
                return attached.close();
            }
        }
        return CompletableFuture.completedFuture(null);
    }
}
