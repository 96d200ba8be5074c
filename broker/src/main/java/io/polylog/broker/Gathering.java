package io.polylog.broker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Gathers the answers to one question, which whoever hears it sends to a subject of its own: until
/// there are as many as are wanted, or as much as is taken, or it is too late. On its session's
/// loop.
///
/// @param <T> what is made of an answer
public final class Gathering<T> implements LiveListener {
    private final int count;
    private final long mostBytes;
    private final Function<LiveMessage, @Nullable T> shape;
    private final Consumer<Gathered<T>> then;
    private final List<T> answers = new ArrayList<>();
    private @Nullable Live live;
    private @Nullable Future<?> deadline;
    private long bytes;
    private boolean isOver;

    /// What was gathered.
    ///
    /// @param isComplete whether that is as many as were wanted
    public record Gathered<T>(List<T> answers, boolean isComplete) {}

    /// @param count of answers that are wanted, from 1 on
    /// @param mostBytes that the contents of all answers may have; one that goes beyond ends it
    /// @param shape makes something of an answer; null leaves it out
    /// @param then is called once, unless it is cancelled before
    public Gathering(
            int count,
            long mostBytes,
            Function<LiveMessage, @Nullable T> shape,
            Consumer<Gathered<T>> then) {
        this.count = count;
        this.mostBytes = mostBytes;
        this.shape = shape;
        this.then = then;
    }

    /// Listens from now on; the time to ask is when it returns. Fails DENIED (BrokerException
    /// thrown).
    ///
    /// @param subject that the answers are sent to
    /// @param later has a task run on the loop when it is too late
    public void begin(
            Session session,
            String namespace,
            String subject,
            Function<Runnable, Future<?>> later) {
        Live fresh = session.listen(namespace, this);
        try {
            fresh.add(subject);
        } catch (BrokerException refused) {
            fresh.close();
            throw refused;
        }
        live = fresh;
        deadline = later.apply(this::end);
    }

    @Override
    public void heard(LiveMessage message) {
        if (isOver) {
            return;
        }
        bytes += message.content().bytes().remaining();
        if (bytes > mostBytes) {
            end();
            return;
        }
        T answer = shape.apply(message);
        if (answer != null) {
            answers.add(answer);
        }
        if (answers.size() == count) {
            end();
        }
    }

    @Override
    public void through() {}

    private void end() {
        if (cancel()) {
            then.accept(new Gathered<>(answers, answers.size() == count));
        }
    }

    /// Hears nothing more, and tells nobody.
    ///
    /// @return whether it had not ended yet
    public boolean cancel() {
        boolean ends = !isOver;
        isOver = true;
        if (live != null) {
            live.close();
        }
        if (deadline != null) {
            deadline.cancel(false);
        }
        return ends;
    }
}
