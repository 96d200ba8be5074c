package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads the extents of an index file at the start. The starting thread.
final class IndexReader {
    private static final int PAGES_AT_ONCE = 64;

    private final SegmentFiles files;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(PAGES_AT_ONCE * IndexFile.PAGE_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN);

    IndexReader(SegmentFiles files) {
        this.files = files;
    }

    /// What an index file says.
    record Content(IndexFile.Header header, List<IndexEntry> entries, DiskFile file) {}

    /// Opens and reads the index file of a segment; its file stays open.
    Content read(Segment segment) throws IOException {
        Path path = files.indexPath(segment.number());
        if (!files.disk().exists(path)) {
            throw new LogOpenException(
                    Reason.MISSING,
                    path
                            + " is missing, without it "
                            + segment
                            + " cannot be read. Nothing was"
                            + " changed; restore the data directory from a copy");
        }
        DiskFile file = files.disk().open(path, Disk.Open.READ);
        try {
            IndexFile.Header header = header(file, segment, path);
            return new Content(header, entries(file, header, path), file);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private IndexFile.Header header(DiskFile file, Segment segment, Path path) throws IOException {
        buffer.clear().limit(IndexFile.PAGE_BYTES);
        int _ = file.read(buffer, 0);
        buffer.flip();
        IndexFile.Header header = IndexFile.decodeHeader(buffer, files.directoryId(), path);
        if (header.generation() != segment.header().generation()) {
            throw new LogOpenException(
                    Reason.DAMAGED, path + " does not belong to " + segment + " as it is now");
        }
        return header;
    }

    private List<IndexEntry> entries(DiskFile file, IndexFile.Header header, Path path)
            throws IOException {
        List<IndexEntry> entries = new ArrayList<>();
        for (int page = 0; page < header.entryPages(); page++) {
            List<IndexEntry> found = page(file, header.entriesAt(0), page);
            if (found == null) {
                found = page(file, header.entriesAt(1), page);
            }
            if (found == null) {
                long at = header.entriesAt(0) + (long) page * IndexFile.PAGE_BYTES;
                throw new LogOpenException(
                        Reason.DAMAGED,
                        "%s is damaged in the %d bytes from %d on, and in their copy;"
                                        .formatted(path, IndexFile.PAGE_BYTES, at)
                                + " nothing was changed");
            }
            entries.addAll(found);
        }
        return entries;
    }

    private @Nullable List<IndexEntry> page(DiskFile file, long start, int page)
            throws IOException {
        buffer.clear().limit(IndexFile.PAGE_BYTES);
        int _ = file.read(buffer, start + (long) page * IndexFile.PAGE_BYTES);
        buffer.flip();
        return IndexFile.decodeEntries(buffer);
    }
}
