package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Bytes from frames: everything that the broker sends. Pure. The methods that bring a message
/// ([#deliver], [#getOk], [#returned]) are written without a record in between.
final class AmqpWriter {
    /// Eight octets: what a connection begins with, and the answer to any other beginning.
    static final byte[] PROTOCOL_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};

    private AmqpWriter() {}

    static void heartbeat(ByteBuf out) {
        out.writeByte(AmqpCodec.FRAME_HEARTBEAT).writeShort(0).writeInt(0);
        out.writeByte(AmqpCodec.FRAME_END);
    }

    static void method(ByteBuf out, int channel, FromBroker method) {
        int at = begin(out, AmqpCodec.FRAME_METHOD, channel);
        arguments(out, method);
        end(out, at);
    }

    // One case per method the broker sends: ids and order of fields are the specification's.
    private static void arguments(ByteBuf out, FromBroker method) {
        switch (method) {
            case ConnectionStart m -> start(out, m.properties(), m.mechanisms());
            case ConnectionTune m -> {
                id(out, 10, 30).writeShort(m.channelMax()).writeInt(m.frameMax());
                out.writeShort(m.heartbeatSeconds());
            }
            case ConnectionOpenOk m -> id(out, 10, 41).writeByte(0);
            case ConnectionClose m -> close(id(out, 10, 50), m.code(), m.text(), m.failedMethod());
            case ConnectionCloseOk m -> id(out, 10, 51);
            case ConnectionBlocked m -> text(id(out, 10, 60), m.reason());
            case ConnectionUnblocked m -> id(out, 10, 61);
            case ConnectionUpdateSecretOk m -> id(out, 10, 71);
            case ChannelOpenOk m -> id(out, 20, 11).writeInt(0);
            case ChannelFlowOk m -> id(out, 20, 21).writeBoolean(m.active());
            case ChannelClose m -> close(id(out, 20, 40), m.code(), m.text(), m.failedMethod());
            case ChannelCloseOk m -> id(out, 20, 41);
            case AccessRequestOk m -> id(out, 30, 11).writeShort(1);
            case ExchangeDeclareOk m -> id(out, 40, 11);
            case ExchangeDeleteOk m -> id(out, 40, 21);
            case ExchangeBindOk m -> id(out, 40, 31);
            case ExchangeUnbindOk m -> id(out, 40, 51);
            case QueueDeclareOk m -> {
                text(id(out, 50, 11), m.queue());
                out.writeInt(count(m.messageCount())).writeInt(count(m.consumerCount()));
            }
            case QueueBindOk m -> id(out, 50, 21);
            case QueuePurgeOk m -> id(out, 50, 31).writeInt(count(m.messageCount()));
            case QueueDeleteOk m -> id(out, 50, 41).writeInt(count(m.messageCount()));
            case QueueUnbindOk m -> id(out, 50, 51);
            case BasicQosOk m -> id(out, MethodReader.BASIC, 11);
            case BasicConsumeOk m -> text(id(out, MethodReader.BASIC, 21), m.consumerTag());
            case BasicCancel m ->
                    text(id(out, MethodReader.BASIC, 30), m.consumerTag()).writeBoolean(m.nowait());
            case BasicCancelOk m -> text(id(out, MethodReader.BASIC, 31), m.consumerTag());
            case BasicGetEmpty m -> id(out, MethodReader.BASIC, 72).writeByte(0);
            case BasicAck m ->
                    id(out, MethodReader.BASIC, 80)
                            .writeLong(m.deliveryTag())
                            .writeBoolean(m.multiple());
            case BasicNack m ->
                    id(out, MethodReader.BASIC, 120)
                            .writeLong(m.deliveryTag())
                            .writeByte((m.multiple() ? 1 : 0) | (m.requeue() ? 2 : 0));
            case BasicRecoverOk m -> id(out, MethodReader.BASIC, 111);
            case ConfirmSelectOk m -> id(out, 85, 11);
            case TxSelectOk m -> id(out, 90, 11);
            case TxCommitOk m -> id(out, 90, 21);
            case TxRollbackOk m -> id(out, 90, 31);
        }
    }

    private static void start(
            ByteBuf out, Map<String, @Nullable Object> properties, String mechanisms) {
        id(out, 10, 10).writeByte(0).writeByte(9);
        FieldTable.write(out, properties);
        longText(out, mechanisms);
        longText(out, "en_US");
    }

    private static void close(ByteBuf out, int code, String text, int failedMethod) {
        text(out.writeShort(code), text).writeInt(failedMethod);
    }

    /// basic.deliver with its content.
    static void deliver(
            ByteBuf out, int channel, DeliveryHead head, AmqpContent content, int frameMax) {
        int at = begin(out, AmqpCodec.FRAME_METHOD, channel);
        id(out, MethodReader.BASIC, 60);
        out.writeByte(head.consumerTag().length).writeBytes(head.consumerTag());
        out.writeLong(head.deliveryTag()).writeBoolean(head.redelivered());
        content.writeAddress(out);
        end(out, at);
        content(out, channel, content, frameMax);
    }

    /// What a delivery says besides its content.
    record DeliveryHead(byte[] consumerTag, long deliveryTag, boolean redelivered) {}

    /// basic.get-ok with its content.
    static void getOk(
            ByteBuf out, int channel, DeliveryHead head, long messageCount, Fragments content) {
        int at = begin(out, AmqpCodec.FRAME_METHOD, channel);
        id(out, MethodReader.BASIC, 71)
                .writeLong(head.deliveryTag())
                .writeBoolean(head.redelivered());
        content.content().writeAddress(out);
        out.writeInt(count(messageCount));
        end(out, at);
        content(out, channel, content.content(), content.frameMax());
    }

    /// Content and the largest frame it may go out in.
    record Fragments(AmqpContent content, int frameMax) {}

    /// basic.return with its content.
    static void returned(
            ByteBuf out, int channel, ReplyCode why, AmqpContent content, int frameMax) {
        int at = begin(out, AmqpCodec.FRAME_METHOD, channel);
        text(id(out, MethodReader.BASIC, 50).writeShort(why.code), why.name());
        content.writeAddress(out);
        end(out, at);
        content(out, channel, content, frameMax);
    }

    private static void content(ByteBuf out, int channel, AmqpContent content, int frameMax) {
        int at = begin(out, AmqpCodec.FRAME_HEADER, channel);
        out.writeShort(MethodReader.BASIC).writeShort(0).writeLong(content.bodyLength());
        content.writeProperties(out);
        end(out, at);
        int most = frameMax - AmqpCodec.FRAME_OVERHEAD;
        // A large body makes the buffer grow once, not by doubling.
        int frames = content.bodyLength() / most + 1;
        out.ensureWritable(content.bodyLength() + frames * AmqpCodec.FRAME_OVERHEAD);
        for (int from = 0; from < content.bodyLength(); from += most) {
            int length = Math.min(most, content.bodyLength() - from);
            out.writeByte(AmqpCodec.FRAME_BODY).writeShort(channel).writeInt(length);
            content.writeBody(out, from, length);
            out.writeByte(AmqpCodec.FRAME_END);
        }
    }

    private static int begin(ByteBuf out, int type, int channel) {
        out.writeByte(type).writeShort(channel).writeInt(0);
        return out.writerIndex();
    }

    private static void end(ByteBuf out, int payload) {
        out.setInt(payload - 4, out.writerIndex() - payload);
        out.writeByte(AmqpCodec.FRAME_END);
    }

    private static ByteBuf id(ByteBuf out, int classId, int methodId) {
        return out.writeShort(classId).writeShort(methodId);
    }

    private static ByteBuf text(ByteBuf out, String text) {
        byte[] bytes = AmqpCodec.shortBytes(text);
        return out.writeByte(bytes.length).writeBytes(bytes);
    }

    private static void longText(ByteBuf out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeInt(bytes.length).writeBytes(bytes);
    }

    private static int count(long count) {
        return (int) Math.min(count, 0xFFFF_FFFFL);
    }
}
