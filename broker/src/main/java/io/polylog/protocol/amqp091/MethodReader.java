package io.polylog.protocol.amqp091;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.amqp091.AmqpFrame.*;

/// The arguments of every method that a client may send (specification 1.4), and the ids that name
/// them. Pure but for a cache of names; one per connection, on its loop.
final class MethodReader {
    /// The only class whose methods carry content.
    static final int BASIC = 60;

    /// basic.publish, as close methods name it.
    static final int PUBLISH = id(BASIC, 40);

    private final ShortString.Cache names = new ShortString.Cache();

    /// Reads a method's ids and arguments, which end at `end`.
    ///
    /// @throws AmqpException if they are not those of a method
    FromClient read(ByteBuf in, int end) {
        if (end - in.readerIndex() < 4) {
            throw AmqpException.of(ReplyCode.FRAME_ERROR, "method frame is cut short");
        }
        int classId = in.readUnsignedShort();
        int methodId = in.readUnsignedShort();
        if (classId == BASIC && methodId == 40) {
            return basicPublish(in, end);
        }
        ByteBuf arguments = in.readSlice(end - in.readerIndex());
        try {
            return method(classId, methodId, arguments);
        } catch (IndexOutOfBoundsException cutShort) {
            throw AmqpException.of(
                    ReplyCode.SYNTAX_ERROR,
                    "arguments of method " + classId + "," + methodId + " are cut short");
        }
    }

    private FromClient method(int classId, int methodId, ByteBuf in) {
        return switch (classId) {
            case 10 -> connectionMethod(methodId, in);
            case 20 -> channelMethod(methodId, in);
            case 30 -> methodId == 10 ? new AccessRequest() : unknown(classId, methodId);
            case 40 -> exchangeMethod(methodId, in);
            case 50 -> queueMethod(methodId, in);
            case BASIC -> basicMethod(methodId, in);
            case 85 ->
                    methodId == 10
                            ? new ConfirmSelect(bit(in.readByte(), 0))
                            : unknown(classId, methodId);
            case 90 -> txMethod(methodId);
            default -> unknown(classId, methodId);
        };
    }

    private FromClient connectionMethod(int methodId, ByteBuf in) {
        return switch (methodId) {
            case 11 -> {
                var properties = FieldTable.read(in);
                var mechanism = text(in);
                yield new ConnectionStartOk(properties, mechanism, longBytes(in));
            }
            case 21 -> new ConnectionSecureOk(longBytes(in));
            case 31 ->
                    new ConnectionTuneOk(
                            in.readUnsignedShort(), in.readUnsignedInt(), in.readUnsignedShort());
            case 40 -> new ConnectionOpen(text(in));
            case 50 -> new ConnectionClose(in.readUnsignedShort(), text(in), in.readInt());
            case 51 -> new ConnectionCloseOk();
            case 60 -> new ConnectionBlocked(text(in));
            case 61 -> new ConnectionUnblocked();
            case 70 -> new ConnectionUpdateSecret(longBytes(in), text(in));
            default -> unknown(10, methodId);
        };
    }

    private FromClient channelMethod(int methodId, ByteBuf in) {
        return switch (methodId) {
            case 10 -> new ChannelOpen();
            case 20 -> new ChannelFlow(bit(in.readByte(), 0));
            case 21 -> new ChannelFlowOk(bit(in.readByte(), 0));
            case 40 -> new ChannelClose(in.readUnsignedShort(), text(in), in.readInt());
            case 41 -> new ChannelCloseOk();
            default -> unknown(20, methodId);
        };
    }

    private FromClient exchangeMethod(int methodId, ByteBuf in) {
        in.skipBytes(2);
        return switch (methodId) {
            case 10 -> exchangeDeclare(in);
            case 20 -> {
                String exchange = name(in);
                byte bits = in.readByte();
                yield new ExchangeDelete(exchange, bit(bits, 0), bit(bits, 1));
            }
            case 30, 40 -> {
                String destination = name(in);
                String source = name(in);
                String key = text(in);
                boolean nowait = bit(in.readByte(), 0);
                Link link = new Link(destination, source, key, FieldTable.read(in));
                yield methodId == 30
                        ? new ExchangeBind(link, nowait)
                        : new ExchangeUnbind(link, nowait);
            }
            default -> unknown(40, methodId);
        };
    }

    private ExchangeDeclare exchangeDeclare(ByteBuf in) {
        String exchange = name(in);
        String type = text(in);
        byte bits = in.readByte();
        var flags = new ExchangeFlags(bit(bits, 1), bit(bits, 2), bit(bits, 3));
        return new ExchangeDeclare(
                exchange, type, bit(bits, 0), flags, bit(bits, 4), FieldTable.read(in));
    }

    private FromClient queueMethod(int methodId, ByteBuf in) {
        in.skipBytes(2);
        String queue = name(in);
        return switch (methodId) {
            case 10 -> {
                byte bits = in.readByte();
                var flags = new QueueFlags(bit(bits, 1), bit(bits, 2), bit(bits, 3));
                yield new QueueDeclare(
                        queue, bit(bits, 0), flags, bit(bits, 4), FieldTable.read(in));
            }
            case 20 -> {
                String source = name(in);
                String key = text(in);
                boolean nowait = bit(in.readByte(), 0);
                yield new QueueBind(new Link(queue, source, key, FieldTable.read(in)), nowait);
            }
            case 30 -> new QueuePurge(queue, bit(in.readByte(), 0));
            case 40 -> {
                byte bits = in.readByte();
                yield new QueueDelete(queue, bit(bits, 0), bit(bits, 1), bit(bits, 2));
            }
            case 50 -> {
                String source = name(in);
                yield new QueueUnbind(new Link(queue, source, text(in), FieldTable.read(in)));
            }
            default -> unknown(50, methodId);
        };
    }

    private FromClient basicMethod(int methodId, ByteBuf in) {
        return switch (methodId) {
            case 10 ->
                    new BasicQos(
                            in.readUnsignedInt(), in.readUnsignedShort(), bit(in.readByte(), 0));
            case 20 -> {
                in.skipBytes(2);
                String queue = name(in);
                String tag = text(in);
                byte bits = in.readByte();
                var flags = new ConsumeFlags(bit(bits, 0), bit(bits, 1), bit(bits, 2));
                yield new BasicConsume(queue, tag, flags, bit(bits, 3), FieldTable.read(in));
            }
            case 30 -> new BasicCancel(text(in), bit(in.readByte(), 0));
            case 31 -> new BasicCancelOk(text(in));
            case 70 -> {
                in.skipBytes(2);
                yield new BasicGet(name(in), bit(in.readByte(), 0));
            }
            case 80 -> new BasicAck(in.readLong(), bit(in.readByte(), 0));
            case 90 -> new BasicReject(in.readLong(), bit(in.readByte(), 0));
            case 100 -> new BasicRecoverAsync(bit(in.readByte(), 0));
            case 110 -> new BasicRecover(bit(in.readByte(), 0));
            case 120 -> {
                long tag = in.readLong();
                byte bits = in.readByte();
                yield new BasicNack(tag, bit(bits, 0), bit(bits, 1));
            }
            default -> unknown(BASIC, methodId);
        };
    }

    /// The one method that comes with every message: read without a slice.
    private BasicPublish basicPublish(ByteBuf in, int end) {
        int exchange = in.readerIndex() + 2;
        int key = exchange < end ? exchange + 1 + in.getUnsignedByte(exchange) : end;
        int bits = key < end ? key + 1 + in.getUnsignedByte(key) : end;
        if (bits >= end) {
            throw AmqpException.of(
                    ReplyCode.SYNTAX_ERROR, "arguments of method 60,40 are cut short");
        }
        in.readerIndex(exchange);
        ShortString name = names.read(in);
        ShortString routingKey = names.read(in);
        byte flags = in.readByte();
        return new BasicPublish(name, routingKey, bit(flags, 0), bit(flags, 1));
    }

    private static FromClient txMethod(int methodId) {
        return switch (methodId) {
            case 10 -> new TxSelect();
            case 20 -> new TxCommit();
            case 30 -> new TxRollback();
            default -> unknown(90, methodId);
        };
    }

    private static FromClient unknown(int classId, int methodId) {
        throw AmqpException.of(
                ReplyCode.COMMAND_INVALID,
                "unknown method " + methodId + " of class " + classId + ", or not for clients");
    }

    /// The class in the upper and the method in the lower 16 bits, as close methods name them.
    static int idOf(FromClient method) {
        return switch (method) {
            case ConnectionStartOk m -> id(10, 11);
            case ConnectionSecureOk m -> id(10, 21);
            case ConnectionTuneOk m -> id(10, 31);
            case ConnectionOpen m -> id(10, 40);
            case ConnectionClose m -> id(10, 50);
            case ConnectionCloseOk m -> id(10, 51);
            case ConnectionBlocked m -> id(10, 60);
            case ConnectionUnblocked m -> id(10, 61);
            case ConnectionUpdateSecret m -> id(10, 70);
            case ChannelOpen m -> id(20, 10);
            case ChannelFlow m -> id(20, 20);
            case ChannelFlowOk m -> id(20, 21);
            case ChannelClose m -> id(20, 40);
            case ChannelCloseOk m -> id(20, 41);
            case AccessRequest m -> id(30, 10);
            case ExchangeDeclare m -> id(40, 10);
            case ExchangeDelete m -> id(40, 20);
            case ExchangeBind m -> id(40, 30);
            case ExchangeUnbind m -> id(40, 40);
            case QueueDeclare m -> id(50, 10);
            case QueueBind m -> id(50, 20);
            case QueuePurge m -> id(50, 30);
            case QueueDelete m -> id(50, 40);
            case QueueUnbind m -> id(50, 50);
            case BasicQos m -> id(BASIC, 10);
            case BasicConsume m -> id(BASIC, 20);
            case BasicCancel m -> id(BASIC, 30);
            case BasicCancelOk m -> id(BASIC, 31);
            case BasicPublish m -> id(BASIC, 40);
            case BasicGet m -> id(BASIC, 70);
            case BasicAck m -> id(BASIC, 80);
            case BasicReject m -> id(BASIC, 90);
            case BasicRecoverAsync m -> id(BASIC, 100);
            case BasicRecover m -> id(BASIC, 110);
            case BasicNack m -> id(BASIC, 120);
            case ConfirmSelect m -> id(85, 10);
            case TxSelect m -> id(90, 10);
            case TxCommit m -> id(90, 20);
            case TxRollback m -> id(90, 30);
        };
    }

    private static int id(int classId, int methodId) {
        return (classId << 16) | methodId;
    }

    private String text(ByteBuf in) {
        return names.read(in).text();
    }

    /// A name of a queue or exchange: line ends in it are dropped, as RabbitMQ does.
    private String name(ByteBuf in) {
        String text = text(in);
        return text.indexOf('\n') < 0 && text.indexOf('\r') < 0
                ? text
                : text.replace("\n", "").replace("\r", "");
    }

    private static byte[] longBytes(ByteBuf in) {
        long length = in.readUnsignedInt();
        if (length > in.readableBytes()) {
            throw new IndexOutOfBoundsException();
        }
        byte[] bytes = new byte[(int) length];
        in.readBytes(bytes);
        return bytes;
    }

    private static boolean bit(byte bits, int number) {
        return ((bits >> number) & 1) != 0;
    }
}
