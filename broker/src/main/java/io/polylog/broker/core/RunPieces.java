package io.polylog.broker.core;

import io.polylog.broker.Publication.Content;
import io.polylog.broker.shard.Assignment;
import io.polylog.broker.shard.ShardPort;
import io.polylog.log.RecordStore.Read;
import io.polylog.log.RecordStore.StoredRecord;
import java.util.List;

/// Reads a few megabytes of what runs of a stream's offsets hold, message by message.
final class RunPieces {
    private static final int PIECE_BYTES = 256 * 1024;
    private static final int PIECES = 16;

    private RunPieces() {}

    /// Is shown the messages, in order.
    @FunctionalInterface
    interface Viewer {
        /// One message.
        ///
        /// @param content of the record that holds the message
        /// @param place of the message in it, from 0
        void message(Content content, int place, long offset, int attempt);
    }

    /// Shows what the runs hold to somebody, but for what cannot be read: a consumer finds that.
    ///
    /// @param runs in order, one at least
    /// @return everything below was shown
    static long show(ShardPort port, long stream, List<Assignment> runs, Viewer viewer) {
        int pieces = 0;
        long position = runs.getFirst().first();
        for (Assignment run : runs) {
            position = run.first();
            while (position < run.end()) {
                if (pieces++ == PIECES) {
                    return position;
                }
                Read read = port.store().read(stream, position, PIECE_BYTES);
                for (StoredRecord stored : read.records()) {
                    if (stored.offset() >= run.end()) {
                        break;
                    }
                    show(stored, run, position, viewer);
                }
                // Not beyond the run, though more may have come.
                long next = Math.min(read.nextOffset(), run.end());
                position = next > position ? next : run.end();
            }
        }
        return position;
    }

    private static void show(StoredRecord stored, Assignment run, long from, Viewer viewer) {
        long end = Math.min(run.end(), stored.offset() + stored.span());
        Content content = StoredContent.content(stored);
        for (long at = Math.max(from, stored.offset()); at < end; at++) {
            viewer.message(content, (int) (at - stored.offset()), at, run.attempt());
        }
    }
}
