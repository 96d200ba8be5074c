package io.polylog.log;

import io.polylog.log.ReadResult.Shape;
import java.io.IOException;

/// Reads runs from segment files. One read.
final class ColdRecords {
    private final FileRecords files;
    private final Parts parts;
    private final ReadResult result;

    ColdRecords(FileRecords files, Parts parts, ReadResult result) {
        this.files = files;
        this.parts = parts;
        this.result = result;
    }

    /// Reads from a run what the result wants, or marks it as damaged; false when its segment was
    /// freed meanwhile, so that the search must start again.
    boolean read(RecordReader.Run run) {
        Segment segment = run.segment();
        int at = run.byteInSegment();
        long offset = run.firstOffset();
        files.expect(Math.max(run.usualBytes(), result.leftBytes() + result.leftBytes() / 8));
        try {
            while (offset < run.endOffset() && result.wantsMore()) {
                byte kind = files.kind(segment, at);
                if (kind == RecordCodec.BLOCK) {
                    at += BlockCodec.HEADER_BYTES;
                } else if (kind == RecordCodec.NONE && at % BlockCodec.ALIGNMENT != 0) {
                    at = BlockCodec.padded(at);
                } else {
                    Shape shape = files.shape(segment, at);
                    if (shape == null) {
                        return damaged(run, offset, "byte " + at + ": a record's header");
                    }
                    offset = take(segment, at, offset, shape);
                    at += shape.bytes();
                }
            }
            return !segment.freed();
        } catch (IOException e) {
            return damaged(run, offset, "byte " + at + ": " + e.getMessage());
        }
    }

    /// Takes a record if it is wanted; the offset after it.
    private long take(Segment segment, int at, long offset, Shape shape) throws IOException {
        if (!shape.isStored()) {
            return offset;
        }
        long next = offset + shape.span();
        if (next <= result.nextOffset()) {
            return next;
        }
        if (!files.payloadIntact(segment, at, shape)) {
            if (!segment.freed()) {
                result.damaged(offset, next, place(segment, at, shape.bytes()));
            }
            return next;
        }
        boolean large = shape.kind() == RecordCodec.LARGE;
        if (!large && !result.admits(shape.payloadLength())) {
            return next;
        }
        byte[] bytes = new byte[shape.headLength() + shape.payloadLength()];
        files.copy(segment, at, bytes, 0, bytes.length);
        if (large) {
            parts.take(offset, shape, bytes);
        } else {
            result.add(offset, shape, bytes);
        }
        return next;
    }

    private boolean damaged(RecordReader.Run run, long offset, String what) {
        if (run.segment().freed()) {
            return false;
        }
        long first = Math.max(offset, result.nextOffset());
        result.damaged(first, run.endOffset(), run.segment().path() + " from " + what);
        return true;
    }

    static String place(Segment segment, int at, int length) {
        return "%s bytes %d to %d".formatted(segment.path(), at, at + length);
    }
}
