package io.polylog.io;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// A file of the operating system that is written. Threads inside must not be interrupted: that
/// closes the channel for good, and a log that cannot write stops.
final class RealFile implements DiskFile {
    private final Path path;
    private final FileChannel channel;
    private final int alignmentBytes;
    private final boolean forceEachWrite;

    RealFile(Path path, FileChannel channel, int alignmentBytes, boolean forceEachWrite) {
        this.path = path;
        this.channel = channel;
        this.alignmentBytes = alignmentBytes;
        this.forceEachWrite = forceEachWrite;
    }

    @Override
    public int read(ByteBuffer buffer, long position) throws IOException {
        checkAligned(buffer, position);
        int total = 0;
        while (buffer.hasRemaining()) {
            int read = readOnce(buffer, position + total);
            if (read < 0) {
                break;
            }
            total += read;
            if (total % alignmentBytes != 0) {
                break; // the end of the file: a direct read could not go on from here
            }
        }
        return total == 0 && buffer.hasRemaining() ? -1 : total;
    }

    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
        checkAligned(buffer, position);
        try {
            long at = position;
            while (buffer.hasRemaining()) {
                at += channel.write(buffer, at);
            }
            if (forceEachWrite) {
                channel.force(false);
            }
        } catch (IOException e) {
            throw Failures.describe("cannot write at " + position + " of", path, e);
        }
    }

    @Override
    public void force() throws IOException {
        try {
            // Data and the length that is needed to read it; times are of no interest.
            channel.force(false);
        } catch (IOException e) {
            throw Failures.describe("cannot sync", path, e);
        }
    }

    @Override
    public long sizeBytes() throws IOException {
        return channel.size();
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        // FileChannel.truncate only cuts; this also extends.
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(sizeBytes);
        } catch (IOException e) {
            throw Failures.describe("cannot set the length of", path, e);
        }
    }

    @Override
    public int alignmentBytes() {
        return alignmentBytes;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private int readOnce(ByteBuffer buffer, long position) throws IOException {
        try {
            return channel.read(buffer, position);
        } catch (IOException e) {
            throw Failures.describe("cannot read at " + position + " of", path, e);
        }
    }

    /// The same refusal on every machine, also where the write would have worked unaligned.
    private void checkAligned(ByteBuffer buffer, long position) {
        if (position % alignmentBytes != 0 || buffer.remaining() % alignmentBytes != 0) {
            throw new IllegalArgumentException(
                    "position %d and length %d of %s must be multiples of %d"
                            .formatted(position, buffer.remaining(), path, alignmentBytes));
        }
    }
}
