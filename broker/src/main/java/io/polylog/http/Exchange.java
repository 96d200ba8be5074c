package io.polylog.http;

import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One request and its answer. On the connection's loop.
public final class Exchange {
    private final HttpConnection connection;
    private final Request request;
    private @Nullable Runnable gone;

    Exchange(HttpConnection connection, Request request) {
        this.connection = connection;
        this.request = request;
    }

    public Request request() {
        return request;
    }

    public Visit visit() {
        return connection.visit();
    }

    /// Runs a task on the connection's loop soon. Any thread.
    public void later(Runnable task) {
        connection.visit().tasks().post(task);
    }

    /// Answers; what comes after the first answer, or after the connection's end, goes nowhere.
    public void answer(Reply reply) {
        connection.answer(this, reply);
    }

    /// Runs a task on the connection's loop after a time.
    public Future<?> laterBy(long delayMs, Runnable task) {
        return connection.after(delayMs, task);
    }

    /// Runs a task on the loop where the connection ends before the answer; one task at most.
    public void whenGone(Runnable task) {
        gone = task;
    }

    void gone() {
        if (gone != null) {
            gone.run();
        }
    }

    /// Whether nobody waits for the answer any more.
    public boolean isOver() {
        return !connection.isServing(this);
    }

    /// Answers with what comes piece by piece, until one side ends the connection.
    ///
    /// @param type of the whole
    /// @param reader told of what becomes of it
    public OpenReply open(String type, OpenReply.Reader reader) {
        return connection.open(this, type, reader);
    }

    /// Makes the connection a WebSocket, as its request asked.
    ///
    /// @param mostBytes of a message
    /// @param listening makes who hears of it
    /// @throws Refusal 400 where something was sent behind the request
    public void upgrade(int mostBytes, Function<WebSocket, WebSocket.Reader> listening) {
        connection.upgrade(this, mostBytes, listening);
    }
}
