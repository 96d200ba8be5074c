package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Makes one segment file, step by step: zeros all of it durably, so that a later write changes
/// nothing but bytes, or takes over a freed file; writes the header last, and only then gives the
/// file its name, so that whatever bears a segment's name is whole. One thread.
final class SegmentMaker {
    private static final int CHUNK_BYTES = 1 << 20;

    private final SegmentFiles files;
    private final SegmentHeader header;
    private final Path path;
    private final Path unfinished;
    private final ByteBuffer chunk;
    private @Nullable DiskFile file;
    private long zeroed;

    SegmentMaker(SegmentFiles files, SegmentHeader header) {
        this.files = files;
        this.header = header;
        path = files.path(header.number(), header.kind());
        unfinished = files.unfinishedPath(header.number(), header.kind());
        int bytes = (int) Math.min(CHUNK_BYTES, header.sizeBytes());
        chunk = Arena.ofAuto().allocate(bytes, BlockCodec.ALIGNMENT).asByteBuffer();
    }

    SegmentHeader header() {
        return header;
    }

    /// Takes over a freed file of the same size: what it holds is told by its generation.
    void recycle(Path freed) throws IOException {
        files.disk().rename(freed, unfinished);
        // Its old name must not come back with the new header in it.
        files.disk().syncDirectory(files.directory());
        zeroed = header.sizeBytes();
    }

    /// Takes one step; the finished segment, or null when there is more to do.
    @Nullable Segment step() throws IOException {
        DiskFile open = file;
        if (open == null) {
            open = files.disk().open(unfinished, Disk.Open.DURABLE);
            file = open;
        }
        if (zeroed < header.sizeBytes()) {
            int length = (int) Math.min(chunk.capacity(), header.sizeBytes() - zeroed);
            open.write(chunk.limit(length).position(0), zeroed);
            zeroed += length;
            return null;
        }
        ByteBuffer first = chunk.duplicate().limit(SegmentHeader.BYTES).position(0);
        header.encode(first, files.directoryId());
        open.write(first, 0);
        file = null;
        open.close();
        files.disk().rename(unfinished, path);
        files.disk().syncDirectory(files.directory());
        return new Segment(files.disk(), path, header, null);
    }

    /// Gives up: removes what was made.
    void abandon() throws IOException {
        close();
        files.disk().delete(unfinished);
    }

    /// Leaves what was made to the next start, which removes it.
    void close() throws IOException {
        DiskFile open = file;
        if (open != null) {
            file = null;
            open.close();
        }
    }
}
