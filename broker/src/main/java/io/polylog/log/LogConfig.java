package io.polylog.log;

import java.nio.file.Path;
import java.time.Duration;

/// Settings of a [Log].
///
/// @param directory where the log's files lie; nothing else may be in it
/// @param segmentBytes size of a full-grown segment; a multiple of 64 KiB
/// @param firstSegmentBytes size of the first segment of an empty directory; each next one is four
///   times larger until `segmentBytes` is reached
/// @param ringBytes memory for the newest blocks
/// @param waitingBytes how much may wait to be written before proposals are refused BUSY
/// @param reserveBytes free space on the file system that data never takes
/// @param pace least time from one commit's start to the next one's, while many requests are
///   answered by each
/// @param relaxed how long a batch nobody waits for may stay
/// @param seal how long after the last commit its watermark is sealed by an empty block
/// @param checkpoint the longest time from one checkpoint to the next while something changes; each
///   full segment brings one too
public record LogConfig(
        Path directory,
        int segmentBytes,
        int firstSegmentBytes,
        int ringBytes,
        long waitingBytes,
        long reserveBytes,
        Duration pace,
        Duration relaxed,
        Duration seal,
        Duration checkpoint) {

    private static final int MIB = 1 << 20;
    private static final int SEGMENT_UNIT = 64 << 10;

    public LogConfig {
        if (segmentBytes < SEGMENT_UNIT || segmentBytes % SEGMENT_UNIT != 0) {
            throw new IllegalArgumentException("log.segment-size: a multiple of 64 KiB");
        }
        if (firstSegmentBytes < SEGMENT_UNIT || firstSegmentBytes % SEGMENT_UNIT != 0) {
            throw new IllegalArgumentException("log.first-segment-size: a multiple of 64 KiB");
        }
        if (ringBytes < 4 * Math.min(BlockScanner.LARGEST_BLOCK, segmentBytes)) {
            throw new IllegalArgumentException("log.ring-size: at least four blocks");
        }
    }

    /// The defaults, for a directory.
    public static LogConfig of(Path directory) {
        return new LogConfig(
                directory,
                256 * MIB,
                8 * MIB,
                64 * MIB,
                64L * MIB,
                256L * MIB,
                Duration.ofNanos(250_000),
                Duration.ofMillis(10),
                Duration.ofMillis(10),
                Duration.ofSeconds(60));
    }

    /// Other sizes: segments, the first segment, and the ring.
    public LogConfig withSizes(int segment, int firstSegment, int ring) {
        return new LogConfig(
                directory,
                segment,
                firstSegment,
                ring,
                waitingBytes,
                reserveBytes,
                pace,
                relaxed,
                seal,
                checkpoint);
    }

    /// Another reserve.
    public LogConfig withReserve(long bytes) {
        return new LogConfig(
                directory,
                segmentBytes,
                firstSegmentBytes,
                ringBytes,
                waitingBytes,
                bytes,
                pace,
                relaxed,
                seal,
                checkpoint);
    }

    /// Another time between checkpoints.
    public LogConfig withCheckpoint(Duration interval) {
        return new LogConfig(
                directory,
                segmentBytes,
                firstSegmentBytes,
                ringBytes,
                waitingBytes,
                reserveBytes,
                pace,
                relaxed,
                seal,
                interval);
    }

    /// The largest block: one that fits into a segment.
    int blockBytes() {
        int smallest = Math.min(segmentBytes, firstSegmentBytes);
        return Math.min(BlockScanner.LARGEST_BLOCK, smallest - SegmentHeader.BYTES);
    }

    /// Payloads above this are logged in parts of this.
    int partBytes() {
        // Four parts and their headers fill a block.
        return blockBytes() / 4 - 1024;
    }

    /// The largest head: with the list of parts it fits into a block.
    int headBytes() {
        return Math.min(64 << 10, blockBytes() / 2);
    }

    /// Size of the segment after one of this size.
    int nextSegmentBytes(long current) {
        return (int) Math.min(segmentBytes, Math.max(firstSegmentBytes, current * 4));
    }
}
