package io.polylog.log;

import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// The log segments found in a directory at the start, in order, each following the one before.
record LogSegments(List<Segment> segments) {

    /// Opens the log segments from number `first` on.
    ///
    /// @throws LogOpenException if one is damaged or missing in between
    static LogSegments open(SegmentFiles files, int first) throws IOException {
        List<Segment> segments = new ArrayList<>();
        for (int number : files.numbers(SegmentFiles.LOG_SUFFIX)) {
            if (number >= first) {
                segments.add(files.open(number, SegmentHeader.Kind.LOG));
            }
        }
        checkChain(files, segments);
        return new LogSegments(segments);
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
