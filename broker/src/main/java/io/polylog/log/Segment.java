package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One segment file. Written by one thread (the commit thread, or the copier), read by any.
final class Segment {
    private final Disk disk;
    private final Path path;
    private final SegmentHeader header;
    private @Nullable DiskFile writer;
    private volatile @Nullable DiskFile reader;
    private volatile boolean freed;

    /// @param writer the open file of a segment that is still written, else null
    Segment(Disk disk, Path path, SegmentHeader header, @Nullable DiskFile writer) {
        this.disk = disk;
        this.path = path;
        this.header = header;
        this.writer = writer;
    }

    SegmentHeader header() {
        return header;
    }

    int number() {
        return header.number();
    }

    Path path() {
        return path;
    }

    /// The position of a byte of this segment.
    long position(int offset) {
        return Position.of(header.number(), offset);
    }

    /// Bytes from `offset` to the end of the file.
    long roomFrom(int offset) {
        return header.sizeBytes() - offset;
    }

    /// Writes a block durably.
    void write(ByteBuffer block, int offset) throws IOException {
        DiskFile file = writer;
        if (file == null) {
            file = disk.open(path, Disk.Open.DURABLE);
            writer = file;
        }
        file.write(block, offset);
    }

    /// Reads until the buffer is full or the file ends; the bytes read, or -1.
    int read(ByteBuffer buffer, long offset) throws IOException {
        DiskFile file = reader;
        return (file == null ? openReader() : file).read(buffer, offset);
    }

    private synchronized DiskFile openReader() throws IOException {
        DiskFile file = reader;
        if (file == null) {
            if (freed) {
                throw new IOException(path + " was freed");
            }
            file = disk.open(path, Disk.Open.READ);
            reader = file;
        }
        return file;
    }

    /// Nothing is written to it any more.
    void seal() throws IOException {
        DiskFile file = writer;
        if (file != null) {
            writer = null;
            file.close();
        }
    }

    /// Whether its bytes may be somebody else's by now.
    boolean freed() {
        return freed;
    }

    /// Gives up the file: readers fail from now on.
    synchronized void free() throws IOException {
        freed = true;
        close();
    }

    /// Closes what is open.
    synchronized void close() throws IOException {
        seal();
        DiskFile file = reader;
        if (file != null) {
            reader = null;
            file.close();
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
