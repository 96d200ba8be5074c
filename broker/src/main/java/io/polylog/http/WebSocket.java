package io.polylog.http;

import java.util.concurrent.Future;

/// A WebSocket (RFC 6455) of text messages. On its connection's loop, but for [#later].
public interface WebSocket {
    /// Nothing is wrong.
    int NORMAL = 1000;

    /// The broker goes, or an operator wants it.
    int GOING_AWAY = 1001;

    /// What may not be.
    int POLICY = 1008;

    /// Hears of the other side.
    interface Reader {
        /// One message, in UTF-8. Must not wait.
        void text(byte[] message);

        /// The other side takes more again.
        void writable();

        /// It is gone, or the broker ends; nothing can be sent any more.
        void ended();
    }

    /// Sends one message; it goes out with this turn of the loop.
    ///
    /// @param parts of it in UTF-8, in order
    void send(byte[]... parts);

    /// Whether the other side takes more.
    boolean isWritable();

    /// Whether messages wait here and are not read, until it is said otherwise: those behind one
    /// that takes its time.
    void hold(boolean now);

    /// Whether nothing is read, though what was is still told: so much is being done already.
    void pause(boolean now);

    /// From now on takes messages of another length.
    void allow(int mostBytes);

    /// Runs a task on the loop soon. Any thread.
    void later(Runnable task);

    /// Runs a task on the loop after a time, whether it is open then or not.
    Future<?> laterBy(long delayMs, Runnable task);

    /// Says why, and ends it. No effect where it has ended.
    ///
    /// @param code of RFC 6455, section 7.4
    void close(int code, String reason);
}
