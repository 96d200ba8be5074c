package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.log.Manifest.ShardPoint;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The commit thread's half of a checkpoint: cuts all shards at one place in the log and drains
/// their cells in short slices between commits, into pieces that the background thread writes.
final class CheckpointCut {
    private static final int PIECE_BYTES = 256 << 10;
    private static final int MOST_PIECES = 16;

    private final Clock clock;
    private final Collection<LocalShardLog> shards;
    private final Queue<ByteBuffer> pieces = new ConcurrentLinkedQueue<>();
    private final AtomicInteger pieceCount = new AtomicInteger();
    private final Queue<Draining> draining = new ArrayDeque<>();
    private ByteBuffer piece = ByteBuffer.allocate(0);
    private volatile @Nullable Plan plan;
    private volatile boolean drained;
    private volatile long durable;

    CheckpointCut(Clock clock, Collection<LocalShardLog> shards) {
        this.clock = clock;
        this.shards = shards;
    }

    /// A checkpoint under way.
    ///
    /// @param start replay will begin here
    /// @param shards where the shards' logs stand
    record Plan(ReplayStart start, List<ShardPoint> shards) {}

    private record Draining(int shard, int kind, ShardMachine.Snapshot snapshot) {}

    // ---- commit thread

    /// Cuts between two batches, unless a checkpoint is under way.
    ///
    /// @param start where the next block will lie
    /// @param active the segment it will lie in
    boolean begin(ReplayStart start, SegmentIndex active) {
        if (plan != null) {
            return false;
        }
        piece = newPiece(0);
        List<ShardPoint> points = new ArrayList<>();
        for (LocalShardLog log : shards) {
            ShardState shard = log.state();
            points.add(new ShardPoint(shard.id, shard.nextIndex, shard.lastTimeMs));
            draining.add(new Draining(shard.id, CellsFile.MACHINE, shard.machine.checkpoint()));
        }
        draining.add(new Draining(0, CellsFile.EXTENT, new ExtentCells(active)));
        drained = false;
        plan = new Plan(start, points);
        return true;
    }

    /// Whether [#slice] has something to do now.
    boolean hasWork() {
        return plan != null && !drained && pieceCount.get() < MOST_PIECES;
    }

    /// Drains cells for a moment.
    ///
    /// @param position all before it is durable and applied
    /// @return whether a piece is ready for the background thread
    boolean slice(long untilNanos, long position) {
        int before = pieceCount.get();
        Draining next;
        while ((next = draining.peek()) != null && pieceCount.get() < MOST_PIECES) {
            ByteBuffer cell = next.snapshot.next();
            if (cell == null) {
                Draining _ = draining.remove();
            } else {
                add(next.shard, next.kind, cell);
            }
            if (clock.nanos() >= untilNanos) {
                break;
            }
        }
        if (draining.isEmpty()) {
            hand(piece);
            piece = ByteBuffer.allocate(0);
            durable = position;
            drained = true;
        }
        return drained || pieceCount.get() > before;
    }

    private void add(int shard, int kind, ByteBuffer cell) {
        int bytes = CellsFile.bytes(cell);
        if (bytes > piece.remaining()) {
            hand(piece);
            piece = newPiece(bytes);
        }
        CellsFile.encode(piece, shard, kind, cell);
    }

    private static ByteBuffer newPiece(int atLeast) {
        return ByteBuffer.allocate(Math.max(PIECE_BYTES, atLeast)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void hand(ByteBuffer full) {
        pieces.add(full.flip());
        pieceCount.incrementAndGet();
    }

    // ---- background thread

    /// What is under way, or null.
    @Nullable Plan plan() {
        return plan;
    }

    /// The next piece of the cells file, or null while there is none.
    @Nullable ByteBuffer poll() {
        ByteBuffer next = pieces.poll();
        if (next != null) {
            pieceCount.decrementAndGet();
        }
        return next;
    }

    /// Whether no piece comes after those that wait now.
    boolean drained() {
        return drained;
    }

    /// How far the log was durable when the last cell was encoded. Once drained.
    long durable() {
        return durable;
    }

    /// The checkpoint is written, or given up.
    void finished() {
        plan = null;
    }
}
