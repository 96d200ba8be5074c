package io.polylog.broker.machine;

import io.polylog.broker.command.HeadReader;
import io.polylog.broker.command.HeadWriter;
import io.polylog.log.ShardMachine.Snapshot;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Cuts a consistent image out of state that goes on changing: a cell that is about to change, or
/// to go, and has not been saved by the running cut, is saved first; the rest is saved in slices.
/// Cells are packed into buffers of at most 64 KiB, each piece with its kind and length.
public final class Cells {
    /// Version 1 has no policy of queues.
    private static final int VERSION = 2;

    private static final int PACK_BYTES = 60 * 1024;

    private final Deque<ByteBuffer> savedFirst = new ArrayDeque<>();
    private int cut = 1;
    private boolean cutting;

    /// Gives the cells a machine had when the cut began, one by one; it may give some that came
    /// later, which are left out.
    @FunctionalInterface
    public interface Source {
        @Nullable Cell next();
    }

    /// Takes a cell back.
    @FunctionalInterface
    public interface Sink {
        void restore(int kind, HeadReader in);
    }

    /// A new cell: a running cut knows nothing of it.
    public <C extends Cell> C born(C cell) {
        cell.savedBy = cut;
        return cell;
    }

    /// Before a cell changes or goes.
    public void touch(Cell cell) {
        if (cutting && cell.savedBy != cut) {
            HeadWriter out = new HeadWriter(256);
            save(cell, out);
            savedFirst.add(out.toBuffer());
        }
    }

    /// A buffer to pack cells into, each as its kind and a blob.
    public static HeadWriter newPack() {
        return new HeadWriter(PACK_BYTES + 4096).octet(VERSION);
    }

    /// Begins a cut of everything as it is now; a cut that was still running is given up.
    public Snapshot begin(Source source) {
        cut++;
        cutting = true;
        savedFirst.clear();
        int mine = cut;
        return () -> mine == cut ? nextPack(source) : null;
    }

    private @Nullable ByteBuffer nextPack(Source source) {
        HeadWriter out = newPack();
        while (out.length() < PACK_BYTES) {
            ByteBuffer first = savedFirst.poll();
            if (first != null) {
                out.raw(first);
                continue;
            }
            Cell cell = cutting ? source.next() : null;
            if (cell == null) {
                cutting = false;
                break;
            }
            if (cell.savedBy != cut) {
                save(cell, out);
            }
        }
        return out.length() > 1 ? out.toBuffer() : null;
    }

    private void save(Cell cell, HeadWriter out) {
        HeadWriter body = new HeadWriter(256);
        cell.encode(body);
        out.octet(cell.kind()).blob(body);
        cell.savedBy = cut;
    }

    /// Unpacks a buffer that a cut gave.
    public static void restore(ByteBuffer pack, Sink sink) {
        HeadReader.version(pack, VERSION, "state cell");
        HeadReader in = new HeadReader(pack);
        while (!in.atEnd()) {
            int kind = in.octet();
            int length = in.integer();
            sink.restore(kind, new HeadReader(pack.slice(pack.position(), length)));
            pack.position(pack.position() + length);
        }
    }
}
