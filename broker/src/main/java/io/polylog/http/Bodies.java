package io.polylog.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/// The bodies of requests while they arrive and are used: memory is taken for bytes that are there,
/// and all together hold no more than a limit. Any thread.
final class Bodies {
    private static final byte[] NOTHING = {};
    private static final int LEAST_BYTES = 1 << 10;
    private static final long MOST_HELD_BYTES = 48L << 20;

    private final AtomicLong heldBytes = new AtomicLong();

    /// One body. On its connection's loop.
    final class Body {
        private final int most;
        private final long said;
        private byte[] bytes = NOTHING;
        private int size;

        /// @param said its length, or 0 where it is not said
        /// @param most bytes that it may have
        /// @throws Refusal 413
        Body(long said, int most) {
            this.most = most;
            this.said = said;
            requireSize(said);
        }

        private void requireSize(long length) {
            if (length > most) {
                throw new Refusal(
                        Status.CONTENT_TOO_LARGE,
                        "TOO_LARGE",
                        "the body is larger than " + most + " bytes",
                        null);
            }
        }

        /// Takes what arrived.
        ///
        /// @throws Refusal 413 where it is too much, 503 where too much is held already
        void add(ByteBuf arrived) {
            int count = arrived.readableBytes();
            requireSize((long) size + count);
            if (heldBytes.addAndGet(count) > MOST_HELD_BYTES) {
                heldBytes.addAndGet(-count);
                throw new Refusal(
                        Status.UNAVAILABLE,
                        "BUSY",
                        "too many large requests at once",
                        "try again a little later");
            }
            if (size + count > bytes.length) {
                bytes = Arrays.copyOf(bytes, room(size + count));
            }
            arrived.readBytes(bytes, size, count);
            size += count;
        }

        /// At most twice of what arrived, and no more than there is to come.
        private int room(int needed) {
            long limit = said >= needed ? said : most;
            return (int) Math.min(limit, Math.max(LEAST_BYTES, 2L * needed));
        }

        /// All of it, which is not kept here.
        byte[] take() {
            byte[] all = size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
            bytes = NOTHING;
            return all;
        }

        /// It is not used any more.
        void release() {
            heldBytes.addAndGet(-size);
            size = 0;
            bytes = NOTHING;
        }
    }
}
