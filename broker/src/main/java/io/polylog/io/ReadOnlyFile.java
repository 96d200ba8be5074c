package io.polylog.io;

import static java.nio.file.StandardOpenOption.READ;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/// A file of the operating system, opened for reading. Any thread, also one that is interrupted:
/// the JDK closes a channel when a thread inside is, for every other thread too, and what is a
/// request to one reader would look like a damaged disk to all. So the channel is opened again.
final class ReadOnlyFile implements DiskFile {
    private final Path path;
    private volatile FileChannel channel;
    private volatile boolean closed;

    ReadOnlyFile(Path path) throws IOException {
        this.path = path;
        channel = FileChannel.open(path, READ);
    }

    private interface Look {
        long at(FileChannel channel) throws IOException;
    }

    @Override
    public int read(ByteBuffer buffer, long position) throws IOException {
        int start = buffer.position();
        try {
            return (int)
                    uninterrupted(current ->
                            readFully(
                                    current, buffer, position + buffer.position() - start, start));
        } catch (IOException e) {
            throw Failures.describe("cannot read at " + position + " of", path, e);
        }
    }

    private static int readFully(FileChannel from, ByteBuffer buffer, long position, int start)
            throws IOException {
        long at = position;
        while (buffer.hasRemaining()) {
            int read = from.read(buffer, at);
            if (read < 0) {
                return buffer.position() == start ? -1 : buffer.position() - start;
            }
            at += read;
        }
        return buffer.position() - start;
    }

    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
        throw notWritable();
    }

    @Override
    public void force() throws IOException {
        throw notWritable();
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        throw notWritable();
    }

    private IOException notWritable() {
        return new IOException(path + " was opened for reading");
    }

    @Override
    public long sizeBytes() throws IOException {
        return uninterrupted(FileChannel::size);
    }

    @Override
    public int alignmentBytes() {
        return 1;
    }

    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }

    private long uninterrupted(Look look) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return look.at(channel);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    reopen(e);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Unless another thread has done so already.
    private synchronized void reopen(ClosedChannelException why) throws IOException {
        if (closed) {
            throw why;
        }
        if (!channel.isOpen()) {
            channel = FileChannel.open(path, READ);
        }
    }
}
