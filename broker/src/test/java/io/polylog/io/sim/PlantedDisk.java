package io.polylog.io.sim;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// A disk that lies in one chosen way, so that a broker that is right behaves like one with a bug
/// in it. A test that does not notice proves nothing.
public final class PlantedDisk implements Disk {
    private final Disk disk;
    private final Lie lie;

    /// Which bug the broker seems to have.
    public enum Lie {
        /// It acknowledges before its write is durable.
        WRITES_ARE_NOT_DURABLE,
        /// It forgets to sync the directory.
        DIRECTORIES_ARE_NOT_SYNCED,
        /// It goes on after a write or sync that failed.
        FAILURES_ARE_SWALLOWED
    }

    public PlantedDisk(Disk disk, Lie lie) {
        this.disk = disk;
        this.lie = lie;
    }

    @Override
    public DiskFile open(Path path, Open how) throws IOException {
        boolean durable = how == Open.DURABLE && lie != Lie.WRITES_ARE_NOT_DURABLE;
        DiskFile file = disk.open(path, how == Open.DURABLE && !durable ? Open.WRITE : how);
        return new PlantedFile(file, how == Open.DURABLE ? SimNode.PAGE : 1);
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        disk.createDirectories(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        return disk.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return disk.exists(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        disk.rename(from, to);
    }

    @Override
    public void delete(Path path) throws IOException {
        disk.delete(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        if (lie != Lie.DIRECTORIES_ARE_NOT_SYNCED) {
            swallowing(() -> disk.syncDirectory(directory));
        }
    }

    @Override
    public long freeBytes(Path path) throws IOException {
        return disk.freeBytes(path);
    }

    @Override
    public AutoCloseable lock(Path file) throws IOException {
        return disk.lock(file);
    }

    private interface Call {
        void run() throws IOException;
    }

    private void swallowing(Call call) throws IOException {
        try {
            call.run();
        } catch (IOException e) {
            if (lie != Lie.FAILURES_ARE_SWALLOWED) {
                throw e;
            }
        }
    }

    private final class PlantedFile implements DiskFile {
        private final DiskFile file;
        private final int alignmentBytes;

        PlantedFile(DiskFile file, int alignmentBytes) {
            this.file = file;
            this.alignmentBytes = alignmentBytes;
        }

        @Override
        public int read(ByteBuffer buffer, long position) throws IOException {
            return file.read(buffer, position);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            swallowing(() -> file.write(buffer, position));
        }

        @Override
        public void force() throws IOException {
            swallowing(file::force);
        }

        @Override
        public long sizeBytes() throws IOException {
            return file.sizeBytes();
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            file.truncate(sizeBytes);
        }

        @Override
        public int alignmentBytes() {
            return alignmentBytes;
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
