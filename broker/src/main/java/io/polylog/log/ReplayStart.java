package io.polylog.log;

/// Where a replay begins: the place in the log at which a checkpoint was cut.
///
/// @param segment number of a log segment
/// @param offset the byte in it where the first block after the checkpoint begins
/// @param previousCrc checksum of the last block before it, 0 when there is none
record ReplayStart(int segment, int offset, int previousCrc) {
    /// The beginning of the first segment of all.
    static final ReplayStart FIRST = new ReplayStart(1, SegmentHeader.BYTES, 0);

    /// Whether the checkpoint holds no record of the segment.
    boolean isFreshSegment() {
        return offset == SegmentHeader.BYTES;
    }
}
