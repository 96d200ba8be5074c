package io.polylog.protocol.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Finds the records in a batch of format 2, uncompressing it within bounds where it must.
/// Stateless; any thread.
final class RecordReader {
    /// Most bytes a batch may become.
    static final int MAX_OPENED_BYTES = 32 * 1024 * 1024;

    /// Most bytes a compressed byte may become, beyond the first [#FREE_BYTES].
    private static final int MAX_RATIO = 1000;

    private static final int FREE_BYTES = 1024 * 1024;
    private static final int CHUNK_BYTES = 64 * 1024;

    /// Attributes, two deltas and three lengths, of a byte each at least.
    private static final int MIN_RECORD_BYTES = 6;

    private RecordReader() {}

    /// One record of a batch.
    ///
    /// @param offsetDelta its place from the batch's base offset
    /// @param timestampMs milliseconds since 1970, or -1
    /// @param tail key, value and headers as they lie in the batch
    record Entry(int offsetDelta, long timestampMs, ByteBuffer tail) {}

    /// Whether an uncompressed batch holds as many whole records as it says, numbered from 0.
    static boolean wellFormed(ByteBuffer batch) {
        int count = KafkaBatch.count(batch);
        ByteBuffer in = batch.duplicate();
        in.position(batch.position() + KafkaBatch.HEADER_BYTES);
        try {
            for (int i = 0; i < count; i++) {
                int end = endOfRecord(in);
                in.get();
                Varints.readLong(in);
                if (Varints.readInt(in) != i || in.position() > end) {
                    return false;
                }
                in.position(end);
            }
            return !in.hasRemaining();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /// The records of a batch.
    ///
    /// @throws IllegalArgumentException if the bytes are no batch, hold other than they say, or
    ///   would become too large
    static List<Entry> read(ByteBuffer batch) {
        if (batch.remaining() < KafkaBatch.HEADER_BYTES) {
            throw new IllegalArgumentException("a batch is cut short");
        }
        int count = KafkaBatch.count(batch);
        long base = KafkaBatch.baseTimestampMs(batch);
        ByteBuffer in = section(batch);
        if (count < 0 || (long) count * MIN_RECORD_BYTES > in.remaining()) {
            throw new IllegalArgumentException("a batch of fewer records than it says");
        }
        List<Entry> records = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int end = endOfRecord(in);
            in.get();
            long timestamp = base + Varints.readLong(in);
            int delta = Varints.readInt(in);
            if (in.position() > end) {
                throw new IllegalArgumentException("a record longer than it says");
            }
            records.add(new Entry(delta, timestamp, in.slice(in.position(), end - in.position())));
            in.position(end);
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException("a batch of more records than it says");
        }
        return records;
    }

    private static int endOfRecord(ByteBuffer in) {
        int length = Varints.readInt(in);
        if (length < MIN_RECORD_BYTES || length > in.remaining()) {
            throw new IllegalArgumentException("a record of " + length + " bytes");
        }
        return in.position() + length;
    }

    private static ByteBuffer section(ByteBuffer batch) {
        ByteBuffer packed =
                batch.slice(
                        batch.position() + KafkaBatch.HEADER_BYTES,
                        batch.remaining() - KafkaBatch.HEADER_BYTES);
        int codec = KafkaBatch.codec(batch);
        if (codec == 0) {
            return packed;
        }
        CompressionBounds.check(codec, packed);
        long ratioed = FREE_BYTES + (long) packed.remaining() * MAX_RATIO;
        int limit = (int) Math.min(MAX_OPENED_BYTES, ratioed);
        try (InputStream in = KafkaRecords.uncompressed(codec, packed)) {
            return readAll(in, limit);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException("cannot uncompress a batch: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer readAll(InputStream in, int limit) throws IOException {
        byte[] bytes = new byte[CHUNK_BYTES];
        int filled = 0;
        while (true) {
            int read = in.read(bytes, filled, bytes.length - filled);
            if (read < 0) {
                return ByteBuffer.wrap(bytes, 0, filled);
            }
            filled += read;
            if (filled == bytes.length) {
                if (filled >= limit) {
                    throw new IOException("it would become more than " + limit + " bytes");
                }
                bytes = java.util.Arrays.copyOf(bytes, Math.min(limit, 2 * filled));
            }
        }
    }
}
