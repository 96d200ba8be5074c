package io.polylog.protocol.amqp091;

import com.rabbitmq.client.impl.AMQContentHeader;
import com.rabbitmq.client.impl.AMQImpl;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.Method;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Bytes as RabbitMQ's own Java client makes and reads them.
final class Wire {
    private Wire() {}

    /// Reads one frame; null at the end.
    interface FrameMaker {
        Frame frame() throws IOException;
    }

    static byte[] bytes(FrameMaker... makers) {
        try {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(out);
            for (FrameMaker maker : makers) {
                maker.frame().writeTo(data);
            }
            data.flush();
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(int channel, Method method) {
        return bytes(() -> method.toFrame(channel));
    }

    /// A message as a client publishes it, its body in frames of at most `fragment` bytes.
    static byte[] publish(
            int channel, Method publish, AMQContentHeader header, byte[] body, int fragment) {
        List<FrameMaker> frames = new ArrayList<>();
        frames.add(() -> publish.toFrame(channel));
        frames.add(() -> header.toFrame(channel, body.length));
        for (int from = 0; from < body.length; from += fragment) {
            int start = from;
            int length = Math.min(fragment, body.length - from);
            frames.add(() -> Frame.fromBodyFragment(channel, buffer(body), start, length));
        }
        return bytes(frames.toArray(FrameMaker[]::new));
    }

    private static java.nio.ByteBuffer buffer(byte[] body) {
        return java.nio.ByteBuffer.wrap(body);
    }

    /// Frames as the client reads them.
    static List<Frame> frames(ByteBuf bytes) {
        try {
            DataInputStream in =
                    new DataInputStream(new ByteArrayInputStream(ByteBufUtil.getBytes(bytes)));
            List<Frame> frames = new ArrayList<>();
            while (in.available() > 0) {
                frames.add(Frame.readFrom(in, () -> Integer.MAX_VALUE));
            }
            return frames;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Method method(Frame frame) {
        try {
            return AMQImpl.readMethodFrom(frame.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static AMQContentHeader header(Frame frame) {
        try {
            return AMQImpl.readContentHeaderFrom(frame.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// All frames that our codec finds in the bytes.
    static List<AmqpFrame> decode(byte[] bytes) {
        List<AmqpFrame> frames = new ArrayList<>();
        AmqpCodec codec = new AmqpCodec(1 << 20);
        ByteBuf in = Unpooled.wrappedBuffer(bytes);
        boolean more = true;
        while (more) {
            more = codec.decode(in, (channel, frame) -> frames.add(frame));
        }
        if (in.isReadable()) {
            throw new AssertionError(in.readableBytes() + " bytes left");
        }
        return frames;
    }
}
