package io.polylog.log;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// A stream that was deleted while index files named it: they still do until their segments go, so
/// a checkpoint keeps this beside them. As a cell: id 8, then the segments' numbers, 4 bytes each.
///
/// @param segments those that named it
record Tombstone(long stream, int[] segments) {
    ByteBuffer encode() {
        ByteBuffer cell = ByteBuffer.allocate(Long.BYTES + segments.length * Integer.BYTES);
        cell.putLong(stream);
        for (int segment : segments) {
            cell.putInt(segment);
        }
        return cell.flip();
    }

    static Tombstone decode(ByteBuffer cell) {
        long stream = cell.getLong();
        int[] segments = new int[cell.remaining() / Integer.BYTES];
        for (int i = 0; i < segments.length; i++) {
            segments[i] = cell.getInt();
        }
        return new Tombstone(stream, segments);
    }

    boolean covers(long otherStream, int segment) {
        return stream == otherStream && Arrays.stream(segments).anyMatch(s -> s == segment);
    }

    /// Whether one of the segments is still there.
    boolean isNeeded(LogIndex index) {
        return Arrays.stream(segments).anyMatch(segment -> index.find(segment) != null);
    }
}
