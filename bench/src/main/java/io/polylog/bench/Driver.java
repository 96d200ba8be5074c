package io.polylog.bench;

import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// One protocol's real client. A driver makes what one load needs and takes it away again.
interface Driver {
    /// Makes the topic or queue of a load. Called first.
    ///
    /// @param clients publishers and consumers to come
    void prepare(String name, int clients) throws Exception;

    /// Whether what one publisher sends arrives in order, with so many consumers.
    default boolean isOrdered(int clients) {
        return true;
    }

    /// A publisher; used by one thread.
    ///
    /// @param eager whether to send at once rather than wait for company
    Publisher publisher(int client, boolean eager) throws Exception;

    /// Starts a consumer. Its thread hands each message to `sink`.
    void consume(int client, Consumer<byte[]> sink) throws Exception;

    /// Ends the consumers and takes the topic or queue away.
    void end() throws Exception;

    /// One publisher.
    interface Publisher extends AutoCloseable {
        /// Sends without waiting; the answer comes later, on any thread.
        void send(byte[] message, Answer answer) throws Exception;

        /// Sends what waits for company.
        void flush() throws Exception;

        @Override
        void close() throws IOException, TimeoutException;
    }

    /// Told once for each message.
    interface Answer {
        void confirmed(boolean accepted);
    }
}
