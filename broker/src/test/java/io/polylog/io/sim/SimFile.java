package io.polylog.io.sim;

import io.polylog.io.Disk.Open;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;

/// A handle on a simulated file. Of no use after the crash of its disk.
final class SimFile implements DiskFile {
    private final SimDisk disk;
    private final SimNode node;
    private final Path path;
    private final boolean writable;
    private final boolean durable;
    private final int life;
    private boolean closed;

    SimFile(SimDisk disk, SimNode node, Path path, Open how) {
        this.disk = disk;
        this.node = node;
        this.path = path;
        this.writable = how != Open.READ;
        this.durable = how == Open.DURABLE;
        this.life = disk.life();
    }

    @Override
    public int read(ByteBuffer buffer, long position) throws IOException {
        synchronized (disk) {
            checkOpen();
            checkAligned(buffer, position);
            disk.calls().begin("read " + path + " at " + position, Calls.Kind.LOOK);
            return node.read(buffer, position);
        }
    }

    @Override
    public void write(ByteBuffer buffer, long position) throws IOException {
        synchronized (disk) {
            checkOpen();
            checkAligned(buffer, position);
            if (!writable) {
                throw new IOException(path + " was opened for reading");
            }
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            disk.write(this, bytes, Math.toIntExact(position));
        }
    }

    @Override
    public void force() throws IOException {
        synchronized (disk) {
            checkOpen();
            disk.force(this);
        }
    }

    @Override
    public long sizeBytes() throws IOException {
        synchronized (disk) {
            checkOpen();
            return node.length();
        }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
        synchronized (disk) {
            checkOpen();
            disk.calls().begin("truncate " + path + " to " + sizeBytes, Calls.Kind.TAKES_ROOM);
            node.setLength(Math.toIntExact(sizeBytes));
            disk.calls().end();
        }
    }

    @Override
    public int alignmentBytes() {
        return durable ? SimNode.PAGE : 1;
    }

    @Override
    public void close() {
        closed = true;
    }

    SimNode node() {
        return node;
    }

    Path path() {
        return path;
    }

    boolean durable() {
        return durable;
    }

    private void checkOpen() throws IOException {
        disk.checkLife(life);
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    private void checkAligned(ByteBuffer buffer, long position) {
        int unit = alignmentBytes();
        boolean address =
                !buffer.isDirect() || buffer.alignmentOffset(buffer.position(), unit) == 0;
        if (position % unit != 0 || buffer.remaining() % unit != 0 || !address) {
            throw new IllegalArgumentException("not aligned to " + unit + " bytes: " + path);
        }
    }
}
