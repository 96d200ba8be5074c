package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The log segments found in a directory at the start.
///
/// @param segments in order, each following the one before
/// @param unfinished a file that never became a segment; may be removed
record LogSegments(List<Segment> segments, List<Path> unfinished) {

    /// Opens the log segments from number `first` on.
    ///
    /// @throws LogOpenException if one is damaged or missing in between
    static LogSegments open(SegmentFiles files, int first) throws IOException {
        List<Segment> segments = new ArrayList<>();
        List<Path> unfinished = new ArrayList<>();
        List<Integer> numbers = files.numbers(SegmentFiles.LOG_SUFFIX);
        numbers.removeIf(number -> number < first);
        for (int number : numbers) {
            try {
                segments.add(files.open(number, SegmentHeader.Kind.LOG));
            } catch (LogOpenException e) {
                boolean newest = number == numbers.getLast();
                if (!newest || !neverUsed(files, number, e)) {
                    throw e;
                }
                unfinished.add(files.path(number, SegmentHeader.Kind.LOG));
            }
        }
        checkChain(files, segments);
        return new LogSegments(segments, unfinished);
    }

    /// Whether a file with an unusable header was still being made, or taken over from an older
    /// segment, when the process ended: then no block bears its number.
    private static boolean neverUsed(SegmentFiles files, int number, LogOpenException why)
            throws IOException {
        boolean unmade = why.reason() == Reason.FOREIGN || why.reason() == Reason.DAMAGED;
        return unmade && !new BlockScanner().holdsBlockOf(files, number);
    }

    private static void checkChain(SegmentFiles files, List<Segment> segments)
            throws LogOpenException {
        for (int i = 1; i < segments.size(); i++) {
            int expected = segments.get(i).header().previous();
            if (segments.get(i - 1).number() != expected) {
                throw new LogOpenException(
                        Reason.MISSING,
                        "%s is missing: %s follows it. Nothing was changed"
                                .formatted(
                                        files.path(expected, SegmentHeader.Kind.LOG),
                                        segments.get(i)));
            }
        }
    }
}
