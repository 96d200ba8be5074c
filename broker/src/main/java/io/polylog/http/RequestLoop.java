package io.polylog.http;

import io.polylog.broker.BrokerException;
import io.polylog.broker.BrokerException.Kind;
import io.polylog.broker.Mailbox;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// The loop of one request's session: the request's own thread, while it waits.
public final class RequestLoop implements Mailbox {
    private static final long LOOK_MS = 200;

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final BooleanSupplier closing;

    /// @param closing whether the broker goes down, and nothing more is to be waited for
    public RequestLoop(BooleanSupplier closing) {
        this.closing = closing;
    }

    @Override
    public void post(Runnable task) {
        tasks.add(task);
    }

    /// Waits for an answer; throws what it failed with.
    public <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        try {
            while (!future.isDone()) {
                Runnable task = tasks.poll(LOOK_MS, TimeUnit.MILLISECONDS);
                if (task != null) {
                    task.run();
                } else if (closing.getAsBoolean()) {
                    throw new BrokerException(Kind.CLOSED, "the broker is closing");
                }
            }
            return future.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BrokerException(Kind.CLOSED, "the request was called off");
        } catch (CompletionException e) {
            throw e.getCause() instanceof BrokerException refused ? refused : e;
        }
    }
}
