package io.polylog.log;

/// A place in the log: the number of a segment (upper half) and the byte in its file (lower half).
/// Numbers are never used twice, so a position names the same bytes for ever.
final class Position {
    private Position() {}

    static long of(int segment, int offset) {
        return (long) segment << Integer.SIZE | Integer.toUnsignedLong(offset);
    }

    static int segment(long position) {
        return (int) (position >>> Integer.SIZE);
    }

    static int offset(long position) {
        return (int) position;
    }

    static String text(long position) {
        return segment(position) + ":" + Integer.toUnsignedString(offset(position));
    }
}
