package io.polylog.bench;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// A broker that is a list of consumers: answers and delivers inside `send`, unless told to do it
/// wrong.
class InMemoryDriver implements Driver {
    private final List<Consumer<byte[]>> sinks = new CopyOnWriteArrayList<>();

    /// Hands a message to the consumers; overridden by those that do it wrong.
    void deliver(byte[] message) {
        sinks.forEach(sink -> sink.accept(message));
    }

    /// Whether a message is accepted.
    boolean accepts(byte[] message) {
        return true;
    }

    @Override
    public void prepare(String name, int clients) {}

    @Override
    public Publisher publisher(int client, boolean eager) {
        return new Publisher() {
            @Override
            public void send(byte[] message, Answer answer) {
                boolean accepted = accepts(message);
                answer.confirmed(accepted);
                if (accepted) {
                    deliver(message);
                }
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
    }

    @Override
    public void consume(int client, Consumer<byte[]> sink) {
        if (sinks.isEmpty()) {
            sinks.add(sink);
        }
    }

    @Override
    public void end() {}
}
