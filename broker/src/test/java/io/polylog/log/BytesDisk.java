package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// A disk on which every file holds the same bytes, to be read only.
final class BytesDisk implements Disk {
    private final ByteBuffer bytes;

    BytesDisk(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    @Override
    public DiskFile open(Path path, Open how) {
        return new DiskFile() {
            @Override
            public int read(ByteBuffer buffer, long position) {
                if (position < 0 || position >= bytes.limit()) {
                    return -1;
                }
                int count = (int) Math.min(buffer.remaining(), bytes.limit() - position);
                buffer.put(bytes.slice((int) position, count));
                return count;
            }

            @Override
            public void write(ByteBuffer buffer, long position) {
                throw readOnly();
            }

            @Override
            public void force() {
                throw readOnly();
            }

            @Override
            public long sizeBytes() {
                return bytes.limit();
            }

            @Override
            public void truncate(long sizeBytes) {
                throw readOnly();
            }

            @Override
            public int alignmentBytes() {
                return 1;
            }

            @Override
            public void close() {}
        };
    }

    private static UnsupportedOperationException readOnly() {
        return new UnsupportedOperationException("these bytes are only read");
    }

    @Override
    public boolean exists(Path path) {
        return true;
    }

    @Override
    public List<String> list(Path directory) {
        return List.of();
    }

    @Override
    public long freeBytes(Path path) {
        return 0;
    }

    @Override
    public void createDirectories(Path directory) {
        throw readOnly();
    }

    @Override
    public void rename(Path from, Path to) {
        throw readOnly();
    }

    @Override
    public void delete(Path path) {
        throw readOnly();
    }

    @Override
    public void syncDirectory(Path directory) {
        throw readOnly();
    }

    @Override
    public AutoCloseable lock(Path file) {
        throw readOnly();
    }
}
