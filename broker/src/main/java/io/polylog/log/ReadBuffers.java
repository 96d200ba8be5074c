package io.polylog.log;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// A few direct buffers for reading from files, used again and again. Any thread.
final class ReadBuffers {
    static final int BYTES = 1 << 20;

    private static final int KEPT = 8;

    private final BlockingQueue<ByteBuffer> free = new ArrayBlockingQueue<>(KEPT);

    ByteBuffer take() {
        ByteBuffer buffer = free.poll();
        return buffer != null
                ? buffer
                : ByteBuffer.allocateDirect(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Gives a buffer back; one too many is left to the collector.
    void give(ByteBuffer buffer) {
        boolean _ = free.offer(buffer);
    }
}
