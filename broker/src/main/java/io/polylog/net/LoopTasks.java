package io.polylog.net;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The way into one event loop from other threads. However many tasks are posted, the loop is woken
/// once; it runs them in rounds, and what was asked for by [#endOfRound] runs once after each
/// round: there a connection writes all that the round gave it in one piece.
///
/// [#post] and [#execute] are safe from any thread and keep order per posting thread; all else is
/// called on the loop.
public final class LoopTasks implements Executor {
    private static final Logger log = LoggerFactory.getLogger(LoopTasks.class);
    private static final AttributeKey<LoopTasks> KEY = AttributeKey.valueOf("polylog.loopTasks");

    /// A round ends after so many tasks, so that sockets are looked at in between.
    private static final int MOST_PER_ROUND = 4096;

    private final Executor loop;
    private final MpscUnboundedArrayQueue<Runnable> posted = new MpscUnboundedArrayQueue<>(256);
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private List<Runnable> ending = new ArrayList<>();
    private List<Runnable> spare = new ArrayList<>();
    private boolean running;

    LoopTasks(Executor loop) {
        this.loop = loop;
    }

    /// The tasks of the loop that a connection belongs to.
    public static LoopTasks of(Channel channel) {
        LoopTasks shared = channel.attr(KEY).get();
        if (shared == null) { // not made by a Listener: an embedded channel in a test
            shared = new LoopTasks(channel.eventLoop());
            channel.attr(KEY).set(shared);
        }
        return shared;
    }

    void attachTo(Channel channel) {
        channel.attr(KEY).set(this);
    }

    /// Runs the task on the loop soon.
    public void post(Runnable task) {
        posted.offer(task);
        wake();
    }

    /// As [#post].
    @Override
    public void execute(Runnable task) {
        post(task);
    }

    /// Runs the task once when the current round is over; outside of a round, soon.
    public void endOfRound(Runnable task) {
        ending.add(task);
        if (!running) {
            wake();
        }
    }

    private void wake() {
        if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
            loop.execute(this::round);
        }
    }

    private void round() {
        // From here on a poster schedules the next round itself: nothing can be left behind.
        scheduled.set(false);
        running = true;
        int done = 0;
        Runnable task;
        while (done < MOST_PER_ROUND && (task = posted.relaxedPoll()) != null) {
            run(task);
            done++;
        }
        while (!ending.isEmpty()) {
            endRound();
        }
        running = false;
        if (!posted.isEmpty()) {
            wake();
        }
    }

    private void endRound() {
        List<Runnable> now = ending;
        ending = spare;
        now.forEach(LoopTasks::run);
        now.clear();
        spare = now;
    }

    private static void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            log.error("a task failed on its event loop", e);
        }
    }
}
