package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.io.DiskFullException;
import io.polylog.io.Worker;
import io.polylog.log.Manifest.SegmentName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The background thread's half of a checkpoint: writes the cells file, the index files of the
/// segments before the cut, and then the manifest that names them. Only then may these segments go.
final class CheckpointWriter implements Chore {
    private final SegmentFiles files;
    private final Catalog catalog;
    private final CheckpointCut cut;
    private final LogIndex index;
    private final IndexWriter indexes;
    private final Runnable onProgress;
    private @Nullable DiskFile file;
    private long cellsNumber;
    private long written;
    private boolean givenUp;
    private volatile long count;
    private volatile boolean lastFailed;

    /// @param onProgress wakes the commit thread: there is room for more pieces, or all is done
    CheckpointWriter(
            SegmentFiles files,
            Catalog catalog,
            CheckpointCut cut,
            LogIndex index,
            Runnable onProgress) {
        this.files = files;
        this.catalog = catalog;
        this.cut = cut;
        this.index = index;
        this.onProgress = onProgress;
        indexes = new IndexWriter(files);
        cellsNumber = catalog.current().cells();
    }

    /// Whether the one counted last was given up.
    boolean lastFailed() {
        return lastFailed;
    }

    /// Checkpoints written so far, counting those given up for want of space.
    long count() {
        return count;
    }

    @Override
    public long step() throws IOException {
        CheckpointCut.Plan plan = cut.plan();
        if (plan == null) {
            return Worker.UNTIL_WOKEN;
        }
        // Asked before the queue: what is handed over last is seen.
        boolean last = cut.drained();
        ByteBuffer piece = cut.poll();
        try {
            if (piece != null) {
                write(piece);
                onProgress.run();
                return 0;
            }
            return last ? finish(plan) : Worker.UNTIL_WOKEN;
        } catch (DiskFullException e) {
            giveUp();
            return 0;
        }
    }

    private void write(ByteBuffer piece) throws IOException {
        if (givenUp) {
            return;
        }
        DiskFile open = file;
        if (open == null) {
            cellsNumber++;
            files.disk().delete(files.cellsPath(cellsNumber));
            open = files.disk().open(files.cellsPath(cellsNumber), Disk.Open.WRITE);
            file = open;
            ByteBuffer header = ByteBuffer.allocate(FormatHeader.BYTES);
            FormatHeader.encode(header, 0, Format.CELLS, files.directoryId());
            open.write(header, 0);
            written = FormatHeader.BYTES;
        }
        int length = piece.remaining();
        open.write(piece, written);
        written += length;
    }

    private long finish(CheckpointCut.Plan plan) throws IOException {
        if (givenUp) {
            givenUp = false;
            end(true);
            return Worker.UNTIL_WOKEN;
        }
        SegmentIndex unindexed = unindexed(plan.start().segment());
        if (unindexed != null) {
            indexes.write(unindexed);
            return 0;
        }
        publish(plan);
        end(false);
        return 0;
    }

    /// A segment before the cut that is owed something and has no index file.
    private @Nullable SegmentIndex unindexed(int firstSegment) {
        return index.all().stream()
                .filter(segment -> segment.number() < firstSegment)
                .filter(segment -> !segment.hasIndexFile() && !segment.unnamed())
                .filter(segment -> !index.isFree(segment))
                .findFirst()
                .orElse(null);
    }

    private void publish(CheckpointCut.Plan plan) throws IOException {
        DiskFile open = file;
        if (open != null) {
            open.force();
            open.close();
            file = null;
        }
        files.disk().syncDirectory(files.directory());
        Manifest before = catalog.current();
        catalog.replace(
                new Manifest(
                        plan.start(),
                        before.epoch(),
                        cellsNumber,
                        written,
                        cut.durable(),
                        false,
                        plan.shards(),
                        named()));
        if (before.cells() != 0 && before.cells() != cellsNumber) {
            files.disk().delete(files.cellsPath(before.cells()));
        }
    }

    /// The segments that have an index file: those a start must open.
    private List<SegmentName> named() {
        List<SegmentName> names = new ArrayList<>();
        index.all().stream()
                .filter(segment -> segment.hasIndexFile() && !segment.unnamed())
                .filter(segment -> !index.isFree(segment))
                .sorted(Comparator.comparingInt(SegmentIndex::number))
                .map(segment -> segment.segment().header())
                .forEach(header -> names.add(new SegmentName(header.number(), header.kind())));
        return names;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void end(boolean failed) {
        lastFailed = failed;
        cut.finished();
        count++;
        onProgress.run();
    }

    /// No room: the checkpoint before stays. What the machines still hand over is thrown away.
    private void giveUp() throws IOException {
        givenUp = true;
        DiskFile open = file;
        if (open != null) {
            file = null;
            open.close();
        }
        Path path = files.cellsPath(cellsNumber);
        if (catalog.current().cells() != cellsNumber) {
            files.disk().delete(path);
        }
    }
}
