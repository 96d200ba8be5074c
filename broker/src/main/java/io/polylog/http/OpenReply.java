package io.polylog.http;

import io.netty.buffer.ByteBuf;

/// An answer without a known end. On the connection's loop.
public interface OpenReply {
    /// Hears of the other side.
    interface Reader {
        /// It takes more again.
        void writable();

        /// It is gone, or the broker ends; nothing can be written any more.
        void ended();
    }

    /// The buffer to append to; it goes out with this turn of the loop.
    ByteBuf buffer();

    /// Whether the other side takes more.
    boolean isWritable();

    /// Bytes that wait for the other side, what is in the buffer among them.
    long pendingBytes();

    /// Ends it when all is sent.
    void end();
}
