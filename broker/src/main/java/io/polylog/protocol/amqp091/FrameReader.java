package io.polylog.protocol.amqp091;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.polylog.protocol.amqp091.AmqpCodec.Sink;
import org.jspecify.annotations.Nullable;

/// Frames out of socket reads. Whole frames are decoded where they lie; only one that was cut by
/// the end of a read is copied, with what it lacks from the next, and never more than frame_max of
/// it is held. On the connection's loop.
final class FrameReader {
    private final AmqpCodec codec;
    private @Nullable ByteBuf partial;

    FrameReader(AmqpCodec codec) {
        this.codec = codec;
    }

    /// Hands every whole frame to the sink; keeps the rest. The buffer stays the caller's.
    ///
    /// @throws AmqpException if the bytes are no AMQP; nothing more can be read then
    void read(ByteBuf in, ByteBufAllocator allocator, Sink sink) {
        if (partial != null && !complete(partial, in, sink)) {
            return;
        }
        boolean more = true;
        while (more) {
            more = codec.decode(in, sink);
        }
        if (in.isReadable()) {
            partial = allocator.buffer(in.readableBytes()).writeBytes(in);
        }
    }

    private boolean complete(ByteBuf begun, ByteBuf in, Sink sink) {
        move(in, begun, AmqpCodec.FRAME_HEADER_BYTES);
        int length = codec.frameLength(begun);
        if (length < 0) {
            return false;
        }
        move(in, begun, length);
        if (!codec.decode(begun, sink)) {
            return false;
        }
        close();
        return true;
    }

    private static void move(ByteBuf from, ByteBuf to, int wanted) {
        int missing = Math.min(wanted - to.readableBytes(), from.readableBytes());
        if (missing > 0) {
            to.writeBytes(from, missing);
        }
    }

    /// Lets go of what is held.
    void close() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }
}
