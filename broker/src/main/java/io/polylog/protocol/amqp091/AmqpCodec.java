package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.polylog.protocol.amqp091.AmqpFrame.*;
import java.util.Arrays;

/// Frames from bytes (specification 2.3): the envelopes; what a method says is read by
/// [MethodReader]. Pure but for a cache of names; one per connection, on its loop. Takes no memory
/// for a length before it knows that so many bytes are there.
final class AmqpCodec {
    static final int FRAME_METHOD = 1;
    static final int FRAME_HEADER = 2;
    static final int FRAME_BODY = 3;
    static final int FRAME_HEARTBEAT = 8;
    static final byte FRAME_END = (byte) 0xCE;

    /// Type, channel and size before the payload, the end octet after it.
    static final int FRAME_HEADER_BYTES = 7;

    static final int FRAME_OVERHEAD = 8;

    private static final int CONTENT_HEADER_BYTES = 12;

    /// Takes frames as they are decoded.
    @FunctionalInterface
    interface Sink {
        void frame(int channel, AmqpFrame frame);
    }

    private final MethodReader methods = new MethodReader();
    private int frameMax;

    /// @param frameMax largest frame taken, envelope included
    AmqpCodec(int frameMax) {
        this.frameMax = frameMax;
    }

    void frameMax(int bytes) {
        frameMax = bytes;
    }

    /// How long the frame at the reader index is, envelope included; -1 while that is unknown.
    ///
    /// @throws AmqpException FRAME_ERROR if it is longer than frame_max or of no known type
    int frameLength(ByteBuf in) {
        if (in.readableBytes() < FRAME_HEADER_BYTES) {
            return -1;
        }
        int at = in.readerIndex();
        int type = in.getUnsignedByte(at);
        if (type != FRAME_METHOD
                && type != FRAME_HEADER
                && type != FRAME_BODY
                && type != FRAME_HEARTBEAT) {
            throw frameError("unknown frame type " + type);
        }
        long length = in.getUnsignedInt(at + 3) + FRAME_OVERHEAD;
        if (length > frameMax) {
            throw frameError(
                    "frame of " + length + " octets is above the frame_max of " + frameMax);
        }
        return (int) length;
    }

    /// Decodes one frame if it is there whole, and moves past it; else reads nothing.
    ///
    /// @return whether there was a whole frame
    /// @throws AmqpException if the bytes are no AMQP
    boolean decode(ByteBuf in, Sink sink) {
        int length = frameLength(in);
        if (length < 0 || in.readableBytes() < length) {
            return false;
        }
        int at = in.readerIndex();
        int end = at + length - 1;
        if (in.getByte(end) != FRAME_END) {
            throw frameError("frame does not end in 206 but in " + in.getUnsignedByte(end));
        }
        int channel = in.getUnsignedShort(at + 1);
        in.readerIndex(at + FRAME_HEADER_BYTES);
        AmqpFrame frame = payload(in, in.getUnsignedByte(at), end);
        in.readerIndex(end + 1);
        sink.frame(channel, frame);
        return true;
    }

    private AmqpFrame payload(ByteBuf in, int type, int end) {
        int start = in.readerIndex();
        return switch (type) {
            case FRAME_BODY -> new ContentBody(in, start, end - start);
            case FRAME_HEADER -> contentHeader(in, start, end);
            case FRAME_METHOD -> methods.read(in, end);
            default -> Heartbeat.HEARTBEAT;
        };
    }

    private static ContentHeader contentHeader(ByteBuf in, int start, int end) {
        if (end - start < CONTENT_HEADER_BYTES + 2) {
            throw frameError("content header is cut short");
        }
        if (in.getUnsignedShort(start) != MethodReader.BASIC) {
            throw AmqpException.of(
                    ReplyCode.UNEXPECTED_FRAME,
                    "expected content header for class 60, got one for class "
                            + in.getUnsignedShort(start)
                            + " instead");
        }
        long size = in.getLong(start + 4);
        if (size < 0) {
            throw frameError("content header claims a negative body size");
        }
        int properties = start + CONTENT_HEADER_BYTES;
        return new ContentHeader(size, in, properties, end - properties);
    }

    private static AmqpException frameError(String text) {
        return AmqpException.of(ReplyCode.FRAME_ERROR, text);
    }

    /// The text's bytes, cut to the 255 that a short string can hold.
    static byte[] shortBytes(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return bytes.length <= ShortString.MOST_BYTES
                ? bytes
                : Arrays.copyOf(bytes, ShortString.MOST_BYTES);
    }
}
