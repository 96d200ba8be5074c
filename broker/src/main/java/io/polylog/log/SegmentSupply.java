package io.polylog.log;

import io.polylog.io.DiskFullException;
import io.polylog.io.Entropy;
import io.polylog.io.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// Keeps one segment ready before it is needed. Space is taken here and nowhere else on the way of
/// a message, so a commit cannot run out of disk. The commit thread takes, the background thread
/// makes.
final class SegmentSupply implements Chore {
    private static final long RETRY_NANOS = 1_000_000_000;
    private static final int MOST_FREED = 2;

    private final SegmentFiles files;
    private final LogConfig config;
    private final Entropy entropy;
    private final ConcurrentLinkedQueue<Segment> ready = new ConcurrentLinkedQueue<>();
    private final Queue<Path> freed = new ArrayDeque<>();
    private volatile Runnable onReady = () -> {};
    private volatile boolean full;
    private int nextNumber;
    private int newestLog;
    private long newestBytes;
    private @Nullable SegmentMaker maker;

    SegmentSupply(SegmentFiles files, LogConfig config, Entropy entropy) {
        this.files = files;
        this.config = config;
        this.entropy = entropy;
    }

    /// Where numbering goes on. Before the first step.
    ///
    /// @param number the first number never used
    /// @param newest header of the newest log segment, or null
    void resume(int number, @Nullable SegmentHeader newest) {
        nextNumber = number;
        newestLog = newest == null ? 0 : newest.number();
        newestBytes = newest == null ? 0 : newest.sizeBytes();
    }

    /// Called on the background thread when a segment is ready or the disk's state has changed.
    void onReady(Runnable task) {
        onReady = task;
    }

    /// A segment found ready at the start; in order.
    void offer(Segment unused) {
        ready.add(unused);
    }

    /// A fresh segment, or null while none is ready. The background thread must be woken after it.
    @Nullable Segment take() {
        return ready.poll();
    }

    boolean isReady() {
        return !ready.isEmpty();
    }

    /// Whether there is no room for the next segment.
    boolean isFull() {
        return full;
    }

    /// A freed segment, whose file may become a segment again. Background thread.
    void recycle(Segment segment) throws IOException {
        boolean fits = segment.header().sizeBytes() == config.nextSegmentBytes(newestBytes);
        if (fits && freed.size() < MOST_FREED) {
            freed.add(segment.path());
        } else {
            files.disk().delete(segment.path());
        }
    }

    /// A number for a segment.
    synchronized int newNumber() {
        return nextNumber++;
    }

    /// Makes a segment at once; for the start.
    Segment makeNow() throws IOException {
        SegmentMaker making = begin();
        Segment made;
        do {
            made = making.step();
        } while (made == null);
        remember(made);
        return made;
    }

    /// Closes the files of segments that were not needed. When both threads are over.
    void close() throws IOException {
        for (Segment unused : ready) {
            unused.close();
        }
        SegmentMaker making = maker;
        if (making != null) {
            making.close();
        }
    }

    @Override
    public long step() throws IOException {
        if (isReady()) {
            return Worker.UNTIL_WOKEN;
        }
        try {
            return make();
        } catch (DiskFullException e) {
            SegmentMaker making = maker;
            if (making != null) {
                maker = null;
                making.abandon();
            }
            setFull(true);
            return RETRY_NANOS;
        }
    }

    private long make() throws IOException {
        SegmentMaker making = maker;
        if (making == null) {
            if (!hasSpace()) {
                setFull(true);
                return RETRY_NANOS;
            }
            making = begin();
            maker = making;
        }
        Segment made = making.step();
        if (made == null) {
            return 0;
        }
        maker = null;
        remember(made);
        ready.add(made);
        setFull(false);
        onReady.run();
        return Worker.UNTIL_WOKEN;
    }

    private void remember(Segment made) {
        newestLog = made.number();
        newestBytes = made.header().sizeBytes();
    }

    private SegmentMaker begin() throws IOException {
        SegmentHeader header =
                new SegmentHeader(
                        newNumber(),
                        SegmentHeader.Kind.LOG,
                        entropy.nextLong(),
                        config.nextSegmentBytes(newestBytes),
                        newestLog);
        SegmentMaker making = new SegmentMaker(files, header);
        Path old = freed.poll();
        if (old != null) {
            making.recycle(old);
        }
        return making;
    }

    private boolean hasSpace() throws IOException {
        if (!freed.isEmpty()) {
            return true;
        }
        long needed = config.nextSegmentBytes(newestBytes) + config.reserveBytes();
        return files.disk().freeBytes(files.directory()) >= needed;
    }

    private void setFull(boolean now) {
        if (full != now) {
            full = now;
            onReady.run();
        }
    }
}
