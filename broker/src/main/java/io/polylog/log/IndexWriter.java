package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Writes the index file of a sealed segment and lets go of what the memory held instead.
/// Background thread.
final class IndexWriter {
    private static final int PAGES_AT_ONCE = 64;

    private final SegmentFiles files;

    IndexWriter(SegmentFiles files) {
        this.files = files;
    }

    /// Writes the file; durable when it returns. Extents that are owed nothing are left out.
    void write(SegmentIndex segment) throws IOException {
        Disk disk = files.disk();
        Path path = files.indexPath(segment.number());
        Path fresh = path.resolveSibling(path.getFileName() + DurableFile.NEW_SUFFIX);
        List<Extent> extents =
                segment.extents().stream().filter(extent -> extent.owed() > 0).toList();
        disk.delete(fresh);
        List<IndexEntry> entries;
        try (DiskFile file = disk.open(fresh, Disk.Open.WRITE)) {
            entries = write(file, segment, extents);
            file.force();
        }
        disk.rename(fresh, path);
        disk.syncDirectory(files.directory());
        segment.indexed(disk.open(path, Disk.Open.READ));
        for (int i = 0; i < extents.size(); i++) {
            extents.get(i).indexed(entries.get(i));
        }
    }

    private List<IndexEntry> write(DiskFile file, SegmentIndex segment, List<Extent> extents)
            throws IOException {
        Pages pages = new Pages(file);
        pages.skip();
        List<IndexEntry> entries = new ArrayList<>(extents.size());
        RunPacker packer = new RunPacker(pages);
        for (Extent extent : extents) {
            int runsAt = packer.packed;
            RunTable runs = extent.knownRuns();
            int count = runs.count();
            for (int i = 0; i < count; i++) {
                packer.add(runs.delta(i), runs.place(i));
            }
            entries.add(extent.entry(runsAt, count));
        }
        packer.flush();
        int runPages = pages.written - 1;
        for (int copy = 0; copy < 2; copy++) {
            writeEntries(pages, entries);
        }
        pages.flush();
        IndexFile.Header header =
                new IndexFile.Header(
                        segment.number(),
                        segment.keptBy(),
                        segment.segment().header().generation(),
                        runPages,
                        entries.size());
        ByteBuffer first = ByteBuffer.allocate(IndexFile.PAGE_BYTES);
        IndexFile.encodeHeader(first, 0, header, files.directoryId());
        file.write(first, 0);
        return entries;
    }

    private static void writeEntries(Pages pages, List<IndexEntry> entries) throws IOException {
        for (int i = 0; i < entries.size(); i += IndexFile.ENTRIES_PER_PAGE) {
            int end = Math.min(entries.size(), i + IndexFile.ENTRIES_PER_PAGE);
            IndexFile.encodeEntries(pages.buffer, pages.next(), entries.subList(i, end));
        }
    }

    /// Fills pages with runs.
    private static final class RunPacker {
        private final Pages pages;
        private final int[] pairs = new int[IndexFile.RUNS_PER_PAGE * 2];
        private int packed;

        RunPacker(Pages pages) {
            this.pages = pages;
        }

        void add(int delta, int place) throws IOException {
            int at = packed % IndexFile.RUNS_PER_PAGE * 2;
            pairs[at] = delta;
            pairs[at + 1] = place;
            packed++;
            if (packed % IndexFile.RUNS_PER_PAGE == 0) {
                write(IndexFile.RUNS_PER_PAGE);
            }
        }

        void flush() throws IOException {
            int left = packed % IndexFile.RUNS_PER_PAGE;
            if (left > 0) {
                write(left);
            }
        }

        private void write(int count) throws IOException {
            IndexFile.encodeRuns(pages.buffer, pages.next(), pairs, 0, count);
        }
    }

    /// Gathers pages and writes many at once.
    private static final class Pages {
        private final DiskFile file;
        private final ByteBuffer buffer = ByteBuffer.allocate(PAGES_AT_ONCE * IndexFile.PAGE_BYTES);
        private int written;
        private int waiting;

        Pages(DiskFile file) {
            this.file = file;
        }

        /// Leaves a page out, to be written later.
        void skip() {
            written++;
        }

        /// Place in the buffer for the next page.
        int next() throws IOException {
            if (waiting == PAGES_AT_ONCE) {
                flush();
            }
            written++;
            return waiting++ * IndexFile.PAGE_BYTES;
        }

        void flush() throws IOException {
            long at = (long) (written - waiting) * IndexFile.PAGE_BYTES;
            file.write(buffer.clear().limit(waiting * IndexFile.PAGE_BYTES), at);
            waiting = 0;
        }
    }
}
