package io.polylog.log;

import io.polylog.io.Clock;
import io.polylog.log.RecordStore.Read;

/// Reads records of a stream: from the ring while they are there, else from the segment's file. Any
/// thread.
final class RecordReader {
    private final Ring ring;
    private final LogIndex index;
    private final ReadBuffers buffers = new ReadBuffers();
    private final IndexPages pages;
    private final SharedRecords shared = new SharedRecords();
    private final DiskWaits waits;

    RecordReader(Ring ring, LogIndex index, IndexPages pages, Clock clock) {
        waits = new DiskWaits(clock);
        this.ring = ring;
        this.index = index;
        this.pages = pages;
    }

    Read read(StreamIndex stream, long offset, int maxBytes) {
        ReadResult result = new ReadResult(offset, maxBytes);
        try (FileRecords files = new FileRecords(buffers, waits)) {
            Parts parts = new Parts(ring, index, files, result);
            HotRecords hot = new HotRecords(ring, shared, parts, result);
            ColdRecords cold = new ColdRecords(files, parts, result);
            while (result.wantsMore()) {
                Extent extent = stream.at(result.nextOffset());
                if (extent == null) {
                    break;
                }
                try {
                    readExtent(extent, hot, cold, result);
                } catch (IndexPages.UnreadableException e) {
                    if (!extent.segment.segment().freed()) {
                        String why = String.valueOf(e.getMessage());
                        result.damaged(result.nextOffset(), extent.end(), why);
                    }
                }
            }
        }
        return result.finish();
    }

    private void readExtent(Extent extent, HotRecords hot, ColdRecords cold, ReadResult result) {
        long end = extent.end();
        result.skipTo(extent.first);
        RunTable runs = pages.runs(extent);
        int count = runs.count();
        int run = runs.find(count, result.nextOffset() - extent.first, end - extent.first);
        while (run < count && result.wantsMore()) {
            long first = extent.first + runs.delta(run);
            long next = run + 1 < count ? extent.first + runs.delta(run + 1) : end;
            int place = runs.place(run);
            if (place == 0) {
                result.skipTo(next);
            } else if (first < next) {
                int offset = place * RecordCodec.ALIGNMENT;
                int length = run + 1 < count ? runs.place(run + 1) - place : 0;
                Run found =
                        new Run(
                                extent.segment.segment(),
                                offset,
                                length * RecordCodec.ALIGNMENT,
                                first,
                                Math.min(next, end));
                if (!hot.read(found) && !cold.read(found)) {
                    return;
                }
            }
            run++;
        }
    }

    /// A stretch of records of one stream.
    ///
    /// @param byteInSegment where the first one begins
    /// @param bytes where the next run begins, counted from there: no fewer than its own, where
    ///   they follow each other; anything otherwise
    record Run(Segment segment, int byteInSegment, int bytes, long firstOffset, long endOffset) {
        private static final int USUAL_BYTES = 8 << 10;

        /// Bytes within which one of its records is found, most likely.
        int usualBytes() {
            return bytes > 0 ? Math.min(bytes, USUAL_BYTES) : USUAL_BYTES;
        }
    }
}
