package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import io.polylog.io.DiskFullException;
import io.polylog.io.RealDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The real disk with a switch for each thing that can go wrong: a process that ends at once, a
/// full file system, a write that fails.
final class FaultyDisk implements Disk {
    private final RealDisk real = new RealDisk();
    private final List<AutoCloseable> locks = new ArrayList<>();
    private final List<DiskFile> files = new ArrayList<>();
    private final Map<Path, Long> sizes = new ConcurrentHashMap<>();
    private volatile boolean crashed;
    private volatile boolean writesFail;
    private volatile long capacityBytes = Long.MAX_VALUE;

    /// From now on nothing reaches the disk, as if the process had been killed.
    void crash() throws Exception {
        crashed = true;
        synchronized (files) {
            for (DiskFile file : files) {
                file.close();
            }
        }
        for (AutoCloseable lock : locks) {
            lock.close();
        }
    }

    /// From now on durable writes fail.
    void failWrites() {
        writesFail = true;
    }

    /// The file system holds this much.
    void capacity(long bytes) {
        capacityBytes = bytes;
    }

    private void checkAlive() throws IOException {
        if (crashed) {
            throw new IOException("the process was killed");
        }
    }

    private long usedBytes() {
        return sizes.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    public DiskFile open(Path path, Open how) throws IOException {
        checkAlive();
        Faulty file = new Faulty(path, real.open(path, how), how);
        synchronized (files) {
            files.add(file);
        }
        return file;
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        real.createDirectories(directory);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        checkAlive();
        return real.list(directory);
    }

    @Override
    public boolean exists(Path path) {
        return real.exists(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        checkAlive();
        real.rename(from, to);
        Long size = sizes.remove(from);
        if (size != null) {
            sizes.put(to, size);
        }
    }

    @Override
    public void delete(Path path) throws IOException {
        checkAlive();
        real.delete(path);
        sizes.remove(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        checkAlive();
        real.syncDirectory(directory);
    }

    @Override
    public long freeBytes(Path path) throws IOException {
        return capacityBytes == Long.MAX_VALUE ? real.freeBytes(path) : capacityBytes - usedBytes();
    }

    @Override
    public AutoCloseable lock(Path file) throws IOException {
        AutoCloseable lock = real.lock(file);
        locks.add(lock);
        return lock;
    }

    private final class Faulty implements DiskFile {
        private final Path path;
        private final DiskFile file;
        private final Open how;

        Faulty(Path path, DiskFile file, Open how) {
            this.path = path;
            this.file = file;
            this.how = how;
        }

        @Override
        public int read(ByteBuffer buffer, long position) throws IOException {
            checkAlive();
            return file.read(buffer, position);
        }

        @Override
        public void write(ByteBuffer buffer, long position) throws IOException {
            checkAlive();
            if (writesFail && how == Open.DURABLE) {
                throw new IOException("told to fail");
            }
            long end = position + buffer.remaining();
            long size = sizes.getOrDefault(path, 0L);
            if (end > size) {
                if (usedBytes() + end - size > capacityBytes) {
                    throw new DiskFullException("told to be full");
                }
                sizes.put(path, end);
            }
            file.write(buffer, position);
        }

        @Override
        public void force() throws IOException {
            checkAlive();
            file.force();
        }

        @Override
        public long sizeBytes() throws IOException {
            return file.sizeBytes();
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
            checkAlive();
            file.truncate(sizeBytes);
            sizes.put(path, sizeBytes);
        }

        @Override
        public int alignmentBytes() {
            return file.alignmentBytes();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
