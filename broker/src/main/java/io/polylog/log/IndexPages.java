package io.polylog.log;

import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Gives the runs of an extent: from memory while its segment has no index file, else from that
/// file through a bounded cache of pages. Any thread.
final class IndexPages {
    private final int mostPages;
    private final Map<Long, int[]> cache = new LinkedHashMap<>(64, 0.75f, true);

    /// @param cacheBytes memory for pages
    IndexPages(int cacheBytes) {
        mostPages = Math.max(1, cacheBytes / IndexFile.PAGE_BYTES);
    }

    RunTable runs(Extent extent) {
        Runs runs = extent.runs();
        return runs != null
                ? runs
                : new Indexed(extent.segment, extent.runsAt(), extent.runCount());
    }

    private int[] page(SegmentIndex segment, int page) throws IOException {
        long key = Position.of(segment.number(), page);
        synchronized (cache) {
            int[] cached = cache.get(key);
            if (cached != null) {
                return cached;
            }
        }
        int[] pairs = read(segment, page);
        synchronized (cache) {
            cache.put(key, pairs);
            if (cache.size() > mostPages) {
                cache.remove(cache.keySet().iterator().next());
            }
        }
        return pairs;
    }

    private static int[] read(SegmentIndex segment, int page) throws IOException {
        ByteBuffer buffer =
                ByteBuffer.allocate(IndexFile.PAGE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        DiskFile file = segment.indexFile();
        int _ = file.read(buffer, IndexFile.runPageAt(page));
        int[] pairs = IndexFile.decodeRuns(buffer.flip());
        if (pairs == null) {
            throw new IOException(
                    "index of segment %d: page of runs %d".formatted(segment.number(), page));
        }
        return pairs;
    }

    /// A page of an index file cannot be read.
    static final class UnreadableException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        UnreadableException(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    /// Runs in an index file; keeps the page it looked at last. One thread.
    private final class Indexed implements RunTable {
        private final SegmentIndex segment;
        private final int at;
        private final int count;
        private int lastPage = -1;
        private int @Nullable [] lastPairs;

        Indexed(SegmentIndex segment, int at, int count) {
            this.segment = segment;
            this.at = at;
            this.count = count;
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public int delta(int run) {
            return value(run, 0);
        }

        @Override
        public int place(int run) {
            return value(run, 1);
        }

        private int value(int run, int which) {
            int number = at + run;
            int page = number / IndexFile.RUNS_PER_PAGE;
            int[] pairs = lastPairs;
            if (pairs == null || page != lastPage) {
                try {
                    pairs = page(segment, page);
                } catch (IOException e) {
                    throw new UnreadableException(e);
                }
                lastPage = page;
                lastPairs = pairs;
            }
            return pairs[number % IndexFile.RUNS_PER_PAGE * 2 + which];
        }
    }
}
