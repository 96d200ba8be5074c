package io.polylog.protocol.webhook;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A request under way. On its webhook's loop.
final class Exchange {
    final Letter letter;
    final long startNanos;

    /// Told once.
    private final Consumer<Outcome> listener;

    /// Where it was sent, or null while there is no connection.
    @Nullable PostConnection connection;

    private boolean over;

    Exchange(Letter letter, long startNanos, Consumer<Outcome> listener) {
        this.letter = letter;
        this.startNanos = startNanos;
        this.listener = listener;
    }

    boolean isOver() {
        return over;
    }

    void end(Outcome how) {
        if (!over) {
            over = true;
            listener.accept(how);
        }
    }
}
