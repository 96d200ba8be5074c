package io.polylog.protocol.kafka;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Cuts the bytes of a connection into frames: a 4-byte length, then that many bytes. Used by one
/// connection on its loop. A frame that lies whole in what was read is a slice of it; of one that
/// does not, memory is taken as its bytes arrive, never for what its length claims.
final class KafkaCodec {
    /// Largest frame of a connection that has not yet shown to speak Kafka.
    static final int MAX_FIRST_BYTES = 64 * 1024;

    /// A request header: api key, version, correlation id.
    private static final int MIN_FRAME_BYTES = 8;

    private static final int FIRST_PIECE_BYTES = 32 * 1024;

    private final ByteBufAllocator allocator;
    private final int maxFrameBytes;
    private int limit = MAX_FIRST_BYTES;

    private int lengthBytes;
    private int length;
    private @Nullable ByteBuf partial;

    KafkaCodec(ByteBufAllocator allocator, int maxFrameBytes) {
        this.allocator = allocator;
        this.maxFrameBytes = maxFrameBytes;
    }

    /// The peer speaks Kafka: frames may have their full size from now on.
    void trust() {
        limit = maxFrameBytes;
    }

    /// Takes what was read (and its reference) and gives every frame that is complete, in order.
    /// Each frame belongs to who gets it.
    ///
    /// @throws MalformedFrame if this cannot be Kafka or is too large; nothing more can be read
    void feed(ByteBuf read, Consumer<ByteBuf> frames) {
        try {
            while (read.isReadable()) {
                ByteBuf frame = next(read);
                if (frame != null) {
                    frames.accept(frame);
                }
            }
        } finally {
            read.release();
        }
    }

    /// Lets go of a frame that never became whole.
    void close() {
        if (partial != null) {
            partial.release();
            partial = null;
        }
    }

    private @Nullable ByteBuf next(ByteBuf read) {
        if (partial != null) {
            return grow(partial, read);
        }
        while (lengthBytes < Integer.BYTES) {
            if (!read.isReadable()) {
                return null;
            }
            length = (length << 8) | read.readUnsignedByte();
            lengthBytes++;
        }
        checkLength();
        if (read.readableBytes() >= length) {
            lengthBytes = 0;
            return read.readRetainedSlice(length);
        }
        if (!read.isReadable()) {
            return null;
        }
        int first = Math.max(FIRST_PIECE_BYTES, read.readableBytes());
        partial = allocator.buffer(Math.min(length, first), length);
        return grow(partial, read);
    }

    private @Nullable ByteBuf grow(ByteBuf frame, ByteBuf read) {
        int take = Math.min(length - frame.readableBytes(), read.readableBytes());
        if (frame.writableBytes() < take) {
            int wanted = Math.max(2 * frame.capacity(), frame.readableBytes() + take);
            frame.capacity(Math.min(length, wanted));
        }
        frame.writeBytes(read, take);
        if (frame.readableBytes() < length) {
            return null;
        }
        partial = null;
        lengthBytes = 0;
        return frame;
    }

    private void checkLength() {
        if (length < MIN_FRAME_BYTES || length > limit) {
            throw new MalformedFrame(
                    "a request of %d bytes, allowed are %d to %d"
                            .formatted(length, MIN_FRAME_BYTES, limit));
        }
    }

    /// The bytes are not Kafka's, or a limit was passed: the connection cannot go on.
    static final class MalformedFrame extends RuntimeException {
        private static final long serialVersionUID = 1L;

        MalformedFrame(String message) {
            super(message, null, false, false);
        }
    }
}
