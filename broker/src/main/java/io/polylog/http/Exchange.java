package io.polylog.http;

/// One request and its answer. On the connection's loop.
public final class Exchange {
    private final HttpConnection connection;
    private final Request request;

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
}
