package io.polylog.protocol.amqp091;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Session;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.protocol.amqp091.ContentAssembly.Assembled;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One channel: takes its methods in the order they came. Where one has to wait for the core, those
/// after it wait too, on this channel only. On the connection's loop.
final class AmqpChannel {
    /// Above so much waiting, the connection's socket is not read.
    private static final int MOST_WAITING_BYTES = 1 << 20;

    /// What a method is taken to weigh.
    private static final int METHOD_BYTES = 128;

    private final int number;
    private final AmqpConnection connection;
    private final ContentAssembly assembly;
    private final Publishing publishing;
    private final ConsumerMethods consumers;
    private final QueueMethods queues;
    private final ExchangeMethods exchanges;

    private final Deque<Waiting> waiting = new ArrayDeque<>(0);
    private int waitingBytes;
    private boolean busy;
    private @Nullable Runnable whenQuiet;
    private Phase phase = Phase.OPEN;

    private enum Phase {
        OPEN,
        /// The client closes it; it gets its answer when all is decided.
        LEAVING,
        /// channel.close is sent; all is dropped until its answer.
        FAILED
    }

    /// What waits for an earlier method.
    private sealed interface Waiting {
        record Method(OnChannel method) implements Waiting {}

        record Publish(Assembled message) implements Waiting {}
    }

    AmqpChannel(int number, AmqpConnection connection) {
        this.number = number;
        this.connection = connection;
        assembly = new ContentAssembly(connection.seams().settings().maxMessageBytes());
        publishing = new Publishing(this);
        consumers = new ConsumerMethods(this);
        queues = new QueueMethods(this);
        exchanges = new ExchangeMethods(this);
    }

    int number() {
        return number;
    }

    AmqpConnection connection() {
        return connection;
    }

    Session session() {
        return connection.running().session();
    }

    Handover handover() {
        return connection.running().handover();
    }

    String virtualHost() {
        return connection.running().terms().virtualHost();
    }

    Publishing publishing() {
        return publishing;
    }

    QueueMethods queues() {
        return queues;
    }

    ConsumerMethods consumers() {
        return consumers;
    }

    boolean isOpen() {
        return phase == Phase.OPEN && connection.isRunning();
    }

    /// Writes an answer, unless the channel has gone meanwhile.
    void reply(FromBroker method) {
        if (isOpen()) {
            connection.output().method(number, method);
        }
    }

    /// As [#reply], unless the client asked for no answer.
    void reply(boolean nowait, FromBroker method) {
        if (!nowait) {
            reply(method);
        }
    }

    // In order -----------------------------------------------------------------------------------

    void frame(AmqpFrame frame) {
        if (phase != Phase.OPEN) {
            closing(frame);
            return;
        }
        switch (frame) {
            case ContentBody body -> assembled(assembly.body(body));
            case ContentHeader header -> assembled(assembly.header(header));
            case OnChannel method when assembly.expecting() ->
                    throw AmqpException.of(
                            ReplyCode.UNEXPECTED_FRAME,
                            "expected content header or body for class 60, got method frame"
                                    + " instead");
            case BasicPublish publish -> assembly.begin(publish);
            case OnChannel method -> method(method);
            case Heartbeat beat ->
                    throw AmqpException.of(
                            ReplyCode.UNEXPECTED_FRAME, "heartbeat on channel " + number);
            case AmqpFrame.Method other ->
                    throw AmqpException.of(
                            ReplyCode.COMMAND_INVALID, "method not allowed on channel " + number);
        }
    }

    private void assembled(@Nullable Assembled message) {
        if (message == null) {
            return;
        }
        if (mustWait()) {
            hold(new Waiting.Publish(message), message.stored().length);
        } else {
            publishing.basicPublish(message);
        }
    }

    private void method(OnChannel method) {
        if (mustWait()) {
            hold(new Waiting.Method(method), METHOD_BYTES);
        } else {
            run(method);
        }
    }

    private boolean mustWait() {
        return busy || !waiting.isEmpty();
    }

    private void hold(Waiting entry, int bytes) {
        waiting.add(entry);
        waitingBytes += bytes;
        if (waitingBytes > MOST_WAITING_BYTES) {
            connection.waitingRequests(true);
        }
    }

    private void drain() {
        while (!busy && phase == Phase.OPEN && !waiting.isEmpty()) {
            Waiting next = waiting.remove();
            int method = AmqpCodec.PUBLISH_ID;
            try {
                switch (next) {
                    case Waiting.Publish(Assembled message) -> {
                        waitingBytes -= message.stored().length;
                        publishing.basicPublish(message);
                    }
                    case Waiting.Method(OnChannel held) -> {
                        waitingBytes -= METHOD_BYTES;
                        method = AmqpCodec.idOf(held);
                        run(held);
                    }
                }
            } catch (AmqpException e) {
                connection.failed(this, e, method);
            }
        }
        if (waiting.isEmpty()) {
            connection.waitingRequests(false);
        }
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
            if (isOpen()) {
                proceed(method, () -> settle(value, failure, then, error));
            }
        });
    }

    private static <T> void settle(
            T value,
            @Nullable Throwable failure,
            Consumer<T> then,
            Function<BrokerException, AmqpException> error) {
        switch (failure instanceof CompletionException e ? e.getCause() : failure) {
            case null -> then.accept(value);
            case BrokerException refusal -> throw error.apply(refusal);
            case AmqpException e -> throw e;
            case RuntimeException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /// As [#await] with the usual errors.
    <T> void await(FromClient method, Supplier<CompletionStage<T>> request, Consumer<T> then) {
        await(method, request, then, AmqpMapping::error);
    }

    private void proceed(FromClient method, Runnable step) {
        try {
            step.run();
        } catch (AmqpException e) {
            connection.failed(this, e, AmqpCodec.idOf(method));
        } catch (RuntimeException e) {
            connection.broken(e); // the stage that called this would keep it to itself
            return;
        }
        drain();
    }

    /// Goes on when everything this channel published is decided and what it gave back is back: for
    /// methods whose answer must reflect that.
    void whenQuiet(FromClient method, Runnable then) {
        connection.handOver();
        if (isQuiet()) {
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

    private boolean isQuiet() {
        return publishing.undecided() == 0 && consumers.returning() == 0;
    }

    /// Something this channel waits for may be done.
    void progress() {
        if (whenQuiet != null && isQuiet()) {
            Runnable then = whenQuiet;
            whenQuiet = null;
            then.run();
        }
    }

    // The verbs ----------------------------------------------------------------------------------

    // Long because it is the table of the methods a channel takes.
    private void run(OnChannel method) {
        switch (method) {
            case BasicAck m -> consumers.basicAck(m);
            case BasicNack m -> consumers.basicNack(m);
            case BasicReject m -> consumers.basicReject(m);
            case BasicGet m -> consumers.basicGet(m);
            case BasicConsume m -> consumers.basicConsume(m);
            case BasicCancel m -> consumers.basicCancel(m);
            case BasicQos m -> consumers.basicQos(m);
            case BasicRecover m -> consumers.basicRecover(m);
            case BasicRecoverAsync m -> consumers.basicRecoverAsync(m);
            case QueueDeclare m -> queues.queueDeclare(m);
            case QueueBind m -> queues.queueBind(m);
            case QueueUnbind m -> queues.queueUnbind(m);
            case QueuePurge m -> queues.queuePurge(m);
            case QueueDelete m -> queues.queueDelete(m);
            case ExchangeDeclare m -> exchanges.exchangeDeclare(m);
            case ExchangeDelete m -> exchanges.exchangeDelete(m);
            case ExchangeBind m -> exchanges.exchangeBind(m);
            case ExchangeUnbind m -> exchanges.exchangeUnbind(m);
            case ConfirmSelect m -> confirmSelect(m);
            case ChannelFlow m -> channelFlow(m);
            case ChannelClose m -> channelClose(m);
            case AccessRequest m -> reply(new AccessRequestOk());
            case ChannelOpen m ->
                    throw AmqpException.of(ReplyCode.CHANNEL_ERROR, "second 'channel.open' seen");
            case TxSelect m -> txSelect();
            case TxCommit m -> throw noTransactions();
            case TxRollback m -> throw noTransactions();
            case ChannelFlowOk m -> {}
            case ChannelCloseOk m -> {}
            case BasicCancelOk m -> {}
            case BasicPublish m -> assembly.begin(m);
        }
    }

    private void txSelect() {
        if (publishing.confirms()) {
            throw AmqpException.of(
                    ReplyCode.PRECONDITION_FAILED, "cannot switch from confirm to tx mode");
        }
        throw noTransactions();
    }

    private static AmqpException noTransactions() {
        return AmqpException.of(ReplyCode.NOT_IMPLEMENTED, "transactions (class tx)");
    }

    private void confirmSelect(ConfirmSelect method) {
        publishing.confirmSelect();
        reply(method.nowait(), new ConfirmSelectOk());
    }

    private void channelFlow(ChannelFlow method) {
        consumers.flow(method.active());
        reply(new ChannelFlowOk(method.active()));
    }

    // The end ------------------------------------------------------------------------------------

    private void channelClose(ChannelClose method) {
        whenQuiet(
                method,
                () -> {
                    publishing.writeConfirms();
                    phase = Phase.LEAVING;
                    consumers
                            .leave()
                            .whenComplete((done, failure) -> {
                                connection.output().method(number, new ChannelCloseOk());
                                connection.remove(this);
                            });
                });
    }

    private void closing(AmqpFrame frame) {
        if (frame instanceof ChannelClose) {
            connection.output().method(number, new ChannelCloseOk());
        } else if (frame instanceof ChannelCloseOk) {
            connection.remove(this);
        }
    }

    /// Ends the channel with channel.close.
    void fail(AmqpException error, int method) {
        if (phase != Phase.OPEN) {
            return;
        }
        connection.handOver();
        publishing.writeConfirms();
        connection.output().method(number, new ChannelClose(error.code.code, error.text(), method));
        phase = Phase.FAILED;
        assembly.reset();
        waiting.clear();
        waitingBytes = 0;
        connection.waitingRequests(false);
        whenQuiet = null;
        consumers.leave();
    }
}
