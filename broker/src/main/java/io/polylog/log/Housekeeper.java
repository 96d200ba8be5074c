package io.polylog.log;

import io.polylog.io.Worker;
import java.io.IOException;
import java.util.List;
import java.util.function.BiConsumer;

/// The log's background worker: takes turns between its chores.
final class Housekeeper implements Worker {
    private final List<Chore> chores;
    private final BiConsumer<String, Throwable> onFailure;
    private volatile boolean closed;

    /// @param onFailure told when a chore fails; the worker is over then
    Housekeeper(List<Chore> chores, BiConsumer<String, Throwable> onFailure) {
        this.chores = List.copyOf(chores);
        this.onFailure = onFailure;
    }

    /// The next step is the last.
    void close() {
        closed = true;
    }

    @Override
    public long work() {
        long waitNanos = UNTIL_WOKEN;
        try {
            for (Chore chore : chores) {
                if (closed) {
                    return DONE;
                }
                waitNanos = Math.min(waitNanos, chore.step());
            }
        } catch (IOException | RuntimeException e) {
            onFailure.accept("work in the background failed", e);
            return DONE;
        } catch (Error e) {
            onFailure.accept("work in the background failed", e);
            throw e;
        }
        return closed ? DONE : waitNanos;
    }
}
