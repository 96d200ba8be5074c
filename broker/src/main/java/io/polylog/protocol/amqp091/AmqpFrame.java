package io.polylog.protocol.amqp091;

import io.netty.buffer.ByteBuf;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What travels in one AMQP frame. The records bear the specification's names; fields that it
/// reserves (tickets, out-of-band strings) are read over and written as nothing.
///
/// Header and body frames refer to the buffer they were read from: valid during the call only.
sealed interface AmqpFrame {

    enum Heartbeat implements AmqpFrame {
        HEARTBEAT
    }

    /// Announces a message's body and brings its properties.
    ///
    /// @param bodySize as claimed, 0 or more; not checked against any limit
    /// @param buffer holds the property flags and list at `start`, `length` bytes
    record ContentHeader(long bodySize, ByteBuf buffer, int start, int length)
            implements AmqpFrame {}

    /// A part of a message's body.
    record ContentBody(ByteBuf buffer, int start, int length) implements AmqpFrame {}

    sealed interface Method extends AmqpFrame {}

    /// Methods that a client may send.
    sealed interface FromClient extends Method {}

    /// Methods that concern the connection itself, on channel 0.
    sealed interface OnConnection extends FromClient {}

    /// Methods of an open channel.
    sealed interface OnChannel extends FromClient {}

    /// Methods that only the broker sends.
    sealed interface FromBroker extends Method {}

    // connection ---------------------------------------------------------------------------------

    record ConnectionStart(Map<String, @Nullable Object> properties, String mechanisms)
            implements FromBroker {}

    record ConnectionStartOk(
            Map<String, @Nullable Object> properties, String mechanism, byte[] response)
            implements OnConnection {}

    record ConnectionSecureOk(byte[] response) implements OnConnection {}

    record ConnectionTune(int channelMax, int frameMax, int heartbeatSeconds)
            implements FromBroker {}

    record ConnectionTuneOk(int channelMax, long frameMax, int heartbeatSeconds)
            implements OnConnection {}

    record ConnectionOpen(String virtualHost) implements OnConnection {}

    record ConnectionOpenOk() implements FromBroker {}

    record ConnectionClose(int code, String text, int failedMethod)
            implements OnConnection, FromBroker {}

    record ConnectionCloseOk() implements OnConnection, FromBroker {}

    record ConnectionBlocked(String reason) implements OnConnection, FromBroker {}

    record ConnectionUnblocked() implements OnConnection, FromBroker {}

    record ConnectionUpdateSecret(byte[] secret, String reason) implements OnConnection {}

    record ConnectionUpdateSecretOk() implements FromBroker {}

    // channel ------------------------------------------------------------------------------------

    record ChannelOpen() implements OnChannel {}

    record ChannelOpenOk() implements FromBroker {}

    record ChannelFlow(boolean active) implements OnChannel {}

    record ChannelFlowOk(boolean active) implements OnChannel, FromBroker {}

    record ChannelClose(int code, String text, int failedMethod) implements OnChannel, FromBroker {}

    record ChannelCloseOk() implements OnChannel, FromBroker {}

    record AccessRequest() implements OnChannel {}

    record AccessRequestOk() implements FromBroker {}

    // exchange -----------------------------------------------------------------------------------

    record ExchangeDeclare(
            String exchange,
            String type,
            boolean passive,
            ExchangeFlags flags,
            boolean nowait,
            Map<String, @Nullable Object> arguments)
            implements OnChannel {}

    record ExchangeFlags(boolean durable, boolean autoDelete, boolean internal) {}

    record ExchangeDeclareOk() implements FromBroker {}

    record ExchangeDelete(String exchange, boolean ifUnused, boolean nowait) implements OnChannel {}

    record ExchangeDeleteOk() implements FromBroker {}

    record ExchangeBind(Link link, boolean nowait) implements OnChannel {}

    record ExchangeBindOk() implements FromBroker {}

    record ExchangeUnbind(Link link, boolean nowait) implements OnChannel {}

    record ExchangeUnbindOk() implements FromBroker {}

    /// What a bind or unbind names: `destination` is a queue's or an exchange's name.
    record Link(
            String destination,
            String source,
            String routingKey,
            Map<String, @Nullable Object> arguments) {}

    // queue --------------------------------------------------------------------------------------

    record QueueDeclare(
            String queue,
            boolean passive,
            QueueFlags flags,
            boolean nowait,
            Map<String, @Nullable Object> arguments)
            implements OnChannel {}

    record QueueFlags(boolean durable, boolean exclusive, boolean autoDelete) {}

    record QueueDeclareOk(String queue, long messageCount, long consumerCount)
            implements FromBroker {}

    record QueueBind(Link link, boolean nowait) implements OnChannel {}

    record QueueBindOk() implements FromBroker {}

    record QueueUnbind(Link link) implements OnChannel {}

    record QueueUnbindOk() implements FromBroker {}

    record QueuePurge(String queue, boolean nowait) implements OnChannel {}

    record QueuePurgeOk(long messageCount) implements FromBroker {}

    record QueueDelete(String queue, boolean ifUnused, boolean ifEmpty, boolean nowait)
            implements OnChannel {}

    record QueueDeleteOk(long messageCount) implements FromBroker {}

    // basic --------------------------------------------------------------------------------------

    record BasicQos(long prefetchSize, int prefetchCount, boolean global) implements OnChannel {}

    record BasicQosOk() implements FromBroker {}

    record BasicConsume(
            String queue,
            String consumerTag,
            ConsumeFlags flags,
            boolean nowait,
            Map<String, @Nullable Object> arguments)
            implements OnChannel {}

    record ConsumeFlags(boolean noLocal, boolean noAck, boolean exclusive) {}

    record BasicConsumeOk(String consumerTag) implements FromBroker {}

    record BasicCancel(String consumerTag, boolean nowait) implements OnChannel, FromBroker {}

    record BasicCancelOk(String consumerTag) implements OnChannel, FromBroker {}

    record BasicPublish(
            ShortString exchange, ShortString routingKey, boolean mandatory, boolean immediate)
            implements OnChannel {}

    record BasicGet(String queue, boolean noAck) implements OnChannel {}

    record BasicGetEmpty() implements FromBroker {}

    record BasicAck(long deliveryTag, boolean multiple) implements OnChannel, FromBroker {}

    record BasicReject(long deliveryTag, boolean requeue) implements OnChannel {}

    record BasicNack(long deliveryTag, boolean multiple, boolean requeue)
            implements OnChannel, FromBroker {}

    record BasicRecoverAsync(boolean requeue) implements OnChannel {}

    record BasicRecover(boolean requeue) implements OnChannel {}

    record BasicRecoverOk() implements FromBroker {}

    // confirm, tx --------------------------------------------------------------------------------

    record ConfirmSelect(boolean nowait) implements OnChannel {}

    record ConfirmSelectOk() implements FromBroker {}

    record TxSelect() implements OnChannel {}

    record TxSelectOk() implements FromBroker {}

    record TxCommit() implements OnChannel {}

    record TxCommitOk() implements FromBroker {}

    record TxRollback() implements OnChannel {}

    record TxRollbackOk() implements FromBroker {}
}
