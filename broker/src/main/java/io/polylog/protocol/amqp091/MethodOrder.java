package io.polylog.protocol.amqp091;

import io.polylog.broker.BrokerException;
import io.polylog.protocol.amqp091.AmqpFrame.FromClient;
import io.polylog.protocol.amqp091.AmqpFrame.OnChannel;
import io.polylog.protocol.amqp091.ContentAssembly.Assembled;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The methods of one channel in the order they came: where one has to wait for the core, those
/// after it wait too, on this channel only. On the connection's loop.
final class MethodOrder {
    /// Above so much waiting, the connection's socket is not read.
    private static final int MOST_WAITING_BYTES = 1 << 20;

    /// What a method is taken to weigh.
    private static final int METHOD_BYTES = 128;

    private final AmqpChannel channel;
    private final Deque<Waiting> waiting = new ArrayDeque<>(0);
    private int waitingBytes;
    private boolean busy;
    private @Nullable Runnable whenQuiet;

    /// What waits for an earlier method.
    private sealed interface Waiting {
        record Method(OnChannel method) implements Waiting {}

        record Publish(Assembled message) implements Waiting {}
    }

    MethodOrder(AmqpChannel channel) {
        this.channel = channel;
    }

    /// Runs a method now, or when those before it are done.
    void method(OnChannel method) {
        if (mustWait()) {
            hold(new Waiting.Method(method), METHOD_BYTES);
        } else {
            channel.run(method);
        }
    }

    /// Publishes a message now, or when the methods before it are done.
    void publish(Assembled message) {
        if (mustWait()) {
            hold(new Waiting.Publish(message), message.stored().length);
        } else {
            channel.publishing().basicPublish(message);
        }
    }

    private boolean mustWait() {
        return busy || !waiting.isEmpty();
    }

    private void hold(Waiting entry, int bytes) {
        waiting.add(entry);
        waitingBytes += bytes;
        if (waitingBytes > MOST_WAITING_BYTES) {
            channel.connection().waitingRequests(true);
        }
    }

    private void drain() {
        while (!busy && channel.isOpen() && !waiting.isEmpty()) {
            Waiting next = waiting.remove();
            int method = MethodReader.PUBLISH;
            try {
                switch (next) {
                    case Waiting.Publish(Assembled message) -> {
                        waitingBytes -= message.stored().length;
                        channel.publishing().basicPublish(message);
                    }
                    case Waiting.Method(OnChannel held) -> {
                        waitingBytes -= METHOD_BYTES;
                        method = MethodReader.idOf(held);
                        channel.run(held);
                    }
                }
            } catch (AmqpException e) {
                channel.connection().failed(channel, e, method);
            }
        }
        if (waiting.isEmpty()) {
            channel.connection().waitingRequests(false);
        }
    }

    /// Drops what waits: the channel has failed.
    void drop() {
        waiting.clear();
        waitingBytes = 0;
        whenQuiet = null;
        channel.connection().waitingRequests(false);
    }

    /// Waits for the core's answer; later methods of the channel wait as well.
    ///
    /// @param method what is waited for, named if it fails
    /// @param error makes the AMQP error of a refusal
    <T> void await(
            FromClient method,
            Supplier<CompletionStage<T>> request,
            Consumer<T> then,
            Function<BrokerException, AmqpException> error) {
        busy = true;
        CompletionStage<T> stage;
        try {
            stage = request.get();
        } catch (BrokerException refusal) {
            stage = CompletableFuture.failedFuture(refusal);
        }
        stage.whenComplete((value, failure) -> {
            busy = false;
            if (channel.isOpen()) {
                proceed(method, () -> settle(value, failure, then, error));
            }
        });
    }

    private static <T> void settle(
            T value,
            @Nullable Throwable failure,
            Consumer<T> then,
            Function<BrokerException, AmqpException> error) {
        switch (failure == null ? null : BrokerException.reason(failure)) {
            case null -> then.accept(value);
            case BrokerException refusal -> throw error.apply(refusal);
            case AmqpException e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    private void proceed(FromClient method, Runnable step) {
        try {
            step.run();
        } catch (AmqpException e) {
            channel.connection().failed(channel, e, MethodReader.idOf(method));
        } catch (RuntimeException e) {
            channel.connection().broken(e); // the stage that called this would keep it to itself
            return;
        }
        drain();
    }

    /// Goes on when everything this channel published is decided and what it gave back is back: for
    /// methods whose answer must reflect that.
    void whenQuiet(FromClient method, Runnable then) {
        channel.handover().now();
        if (channel.isQuiet()) {
            then.run();
            return;
        }
        busy = true;
        whenQuiet =
                () -> {
                    busy = false;
                    proceed(method, then);
                };
    }

    /// Something this channel waits for may be done.
    void progress() {
        if (whenQuiet != null && channel.isQuiet()) {
            Runnable then = whenQuiet;
            whenQuiet = null;
            then.run();
        }
    }
}
