package io.polylog.protocol.amqp091;

import io.polylog.broker.BrokerException;
import io.polylog.broker.Session;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import io.polylog.protocol.amqp091.ContentAssembly.Assembled;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One channel: from its opening to its close, and the table of its methods. On the connection's
/// loop.
final class AmqpChannel {
    private final int number;
    private final OpenConnection connection;
    private final ContentAssembly assembly;
    private final Publishing publishing;
    private final TxMethods transaction;
    private final SettleMethods settlements;
    private final ConsumerMethods consumers;
    private final QueueMethods queues;
    private final ExchangeMethods exchanges;

    private final MethodOrder order = new MethodOrder(this);
    private Phase phase = Phase.OPEN;

    private enum Phase {
        OPEN,
        /// The client closes it; it gets its answer when all is decided.
        LEAVING,
        /// channel.close is sent; all is dropped until its answer.
        FAILED
    }

    AmqpChannel(int number, OpenConnection connection) {
        this.number = number;
        this.connection = connection;
        assembly = new ContentAssembly(connection.seams().settings().maxMessageBytes());
        publishing = new Publishing(this);
        DeliveryWindow window = new DeliveryWindow(this);
        transaction = new TxMethods(this, window);
        settlements = new SettleMethods(this, window);
        consumers = new ConsumerMethods(this, window, settlements);
        queues = new QueueMethods(this);
        exchanges = new ExchangeMethods(this);
    }

    int number() {
        return number;
    }

    /// Which it is, for people to read.
    @Override
    public String toString() {
        return "channel " + number + " of connection " + connection.client();
    }

    OpenConnection connection() {
        return connection;
    }

    Session session() {
        return connection.session();
    }

    Handover handover() {
        return connection.handover();
    }

    String virtualHost() {
        return connection.terms().virtualHost();
    }

    int frameMax() {
        return connection.terms().frameMax();
    }

    Publishing publishing() {
        return publishing;
    }

    TxMethods transaction() {
        return transaction;
    }

    SettleMethods settlements() {
        return settlements;
    }

    QueueMethods queues() {
        return queues;
    }

    ConsumerMethods consumers() {
        return consumers;
    }

    boolean isOpen() {
        return phase == Phase.OPEN && connection.isOpen();
    }

    /// Writes an answer, unless the channel has gone meanwhile.
    void reply(FromBroker method) {
        if (isOpen()) {
            AmqpWriter.method(connection.output().buffer(), number, method);
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
            case OnChannel method -> order.method(method);
            case Heartbeat beat ->
                    throw AmqpException.of(
                            ReplyCode.UNEXPECTED_FRAME, "heartbeat on channel " + number);
            case AmqpFrame.Method other ->
                    throw AmqpException.of(
                            ReplyCode.COMMAND_INVALID, "method not allowed on channel " + number);
        }
    }

    private void assembled(@Nullable Assembled message) {
        if (message != null) {
            order.publish(message);
        }
    }

    /// [MethodOrder#await]
    <T> void await(
            FromClient method,
            Supplier<CompletionStage<T>> request,
            Consumer<T> then,
            Function<BrokerException, AmqpException> error) {
        order.await(method, request, then, error);
    }

    /// [MethodOrder#await] with the usual errors.
    <T> void await(FromClient method, Supplier<CompletionStage<T>> request, Consumer<T> then) {
        order.await(method, request, then, AmqpMapping::error);
    }

    /// [MethodOrder#whenQuiet]
    void whenQuiet(FromClient method, Runnable then) {
        order.whenQuiet(method, then);
    }

    /// Whether everything this channel published is decided and what it gave back is back.
    boolean isQuiet() {
        return publishing.undecided() == 0 && settlements.returning() == 0;
    }

    /// Something this channel waits for may be done.
    void progress() {
        order.progress();
    }

    // The verbs ----------------------------------------------------------------------------------

    // Long because it is the table of the methods a channel takes.
    void run(OnChannel method) {
        switch (method) {
            case BasicAck m -> settlements.basicAck(m);
            case BasicNack m -> settlements.basicNack(m);
            case BasicReject m -> settlements.basicReject(m);
            case BasicGet m -> consumers.basicGet(m);
            case BasicConsume m -> consumers.basicConsume(m);
            case BasicCancel m -> consumers.basicCancel(m);
            case BasicQos m -> consumers.basicQos(m);
            case BasicRecover m -> settlements.basicRecover(m);
            case BasicRecoverAsync m -> settlements.basicRecoverAsync(m);
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
            case TxSelect m -> transaction.txSelect();
            case TxCommit m -> transaction.txCommit(m);
            case TxRollback m -> transaction.txRollback();
            case ChannelFlowOk m -> {}
            case ChannelCloseOk m -> {}
            case BasicCancelOk m -> {}
            case BasicPublish m -> assembly.begin(m);
        }
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
                                AmqpWriter.method(
                                        connection.output().buffer(), number, new ChannelCloseOk());
                                connection.remove(this);
                            });
                });
    }

    private void closing(AmqpFrame frame) {
        if (frame instanceof ChannelClose) {
            AmqpWriter.method(connection.output().buffer(), number, new ChannelCloseOk());
        } else if (frame instanceof ChannelCloseOk) {
            connection.remove(this);
        }
    }

    /// Ends the channel with channel.close.
    void fail(AmqpException error, int method) {
        if (phase != Phase.OPEN) {
            return;
        }
        handover().now();
        publishing.writeConfirms();
        AmqpWriter.method(
                connection.output().buffer(),
                number,
                new ChannelClose(error.code.code, error.text(), method));
        phase = Phase.FAILED;
        assembly.reset();
        order.drop();
        consumers.leave();
    }
}
