package io.polylog.log;

import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/// The way into a log's thread: batches and tasks wait here. Any thread puts, the log's thread
/// takes. Bounded by the bytes that wait, an eighth of which is kept for batches that free space.
final class Intake {
    private static final int CHUNK = 1024;

    private final MpscUnboundedArrayQueue<Pending> batches = new MpscUnboundedArrayQueue<>(CHUNK);
    private final MpscUnboundedArrayQueue<Runnable> tasks = new MpscUnboundedArrayQueue<>(CHUNK);
    private final AtomicLong waitingBytes = new AtomicLong();
    private final AtomicLong urgentWaiting = new AtomicLong();
    private final long publishLimitBytes;
    private final long limitBytes;
    private volatile boolean publishRefused;
    private volatile boolean closed;
    private volatile boolean drained;
    private volatile boolean wakeForUrgent = true;
    private volatile boolean wakeForAny = true;

    Intake(long limitBytes) {
        this.limitBytes = limitBytes;
        this.publishLimitBytes = limitBytes - limitBytes / 8;
    }

    /// Takes a batch or refuses it.
    ///
    /// @return whether the log's thread must be woken
    boolean propose(Pending pending) {
        Batch batch = pending.batch;
        Batch.Refusal refusal = admit(pending);
        if (refusal != null) {
            batch.proposer().refused(refusal);
            return false;
        }
        boolean urgent = batch.urgency() != Batch.Urgency.RELAXED;
        if (urgent) {
            urgentWaiting.incrementAndGet();
        }
        batches.offer(pending);
        VarHandle.fullFence();
        if (drained) {
            refuseAll(Batch.Refusal.CLOSED);
            return false;
        }
        return urgent ? takeFlagUrgent() : takeFlagAny();
    }

    private Batch.@Nullable Refusal admit(Pending pending) {
        boolean publish = pending.batch.urgency() == Batch.Urgency.PUBLISH;
        if (closed) {
            return Batch.Refusal.CLOSED;
        }
        if (publish && publishRefused) {
            return Batch.Refusal.DISK_FULL;
        }
        long limit = publish ? publishLimitBytes : limitBytes;
        long before = waitingBytes.getAndAdd(pending.bytes);
        if (before > 0 && before + pending.bytes > limit) {
            waitingBytes.getAndAdd(-pending.bytes);
            return Batch.Refusal.BUSY;
        }
        return null;
    }

    private boolean takeFlagUrgent() {
        if (!wakeForUrgent) {
            return false;
        }
        wakeForUrgent = false;
        return true;
    }

    private boolean takeFlagAny() {
        if (!wakeForAny) {
            return false;
        }
        wakeForAny = false;
        return true;
    }

    void execute(Runnable task) {
        tasks.offer(task);
    }

    @Nullable Runnable nextTask() {
        return tasks.poll();
    }

    @Nullable Pending peek() {
        return batches.peek();
    }

    /// Takes the batch that [#peek] showed.
    void take(Pending pending) {
        Pending taken = batches.poll();
        if (taken != pending) {
            throw new IllegalStateException("two threads take from one intake");
        }
        if (pending.batch.urgency() != Batch.Urgency.RELAXED) {
            urgentWaiting.decrementAndGet();
        }
    }

    /// The batch was answered; its bytes are not held any more.
    void answered(Pending pending) {
        waitingBytes.getAndAdd(-pending.bytes);
    }

    boolean isEmpty() {
        return batches.isEmpty();
    }

    boolean hasTasks() {
        return !tasks.isEmpty();
    }

    boolean urgentWaiting() {
        return urgentWaiting.get() > 0;
    }

    /// Whether so much waits that company would not make a commit cheaper.
    boolean fillsBlock() {
        return waitingBytes.get() >= BlockScanner.LARGEST_BLOCK;
    }

    /// What the log's thread wants to be woken for while it waits. Called before it looks whether
    /// anything waits, so that nothing slips in between.
    void wakeFor(boolean urgent, boolean any) {
        wakeForUrgent = urgent;
        wakeForAny = any;
        VarHandle.fullFence();
    }

    /// Whether PUBLISH is refused because the disk is full.
    void refusePublish(boolean refused) {
        publishRefused = refused;
    }

    boolean publishRefused() {
        return publishRefused;
    }

    /// Takes nothing new any more.
    void close() {
        closed = true;
    }

    boolean closed() {
        return closed;
    }

    /// The log's thread takes no more: whatever is or comes in is refused.
    void drain(Batch.Refusal refusal) {
        closed = true;
        drained = true;
        VarHandle.fullFence();
        refuseAll(refusal);
    }

    private synchronized void refuseAll(Batch.Refusal refusal) {
        Pending pending;
        while ((pending = batches.poll()) != null) {
            waitingBytes.getAndAdd(-pending.bytes);
            pending.batch.proposer().refused(refusal);
        }
    }
}
