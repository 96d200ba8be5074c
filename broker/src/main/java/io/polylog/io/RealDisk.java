package io.polylog.io;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.polylog.io.WriteMethod.Kind;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The operating system's file system. Any thread. The way of durable writes is probed once a
/// directory, when the first durable file in it is opened or [#writeMethod] is asked.
public final class RealDisk implements Disk {
    private final Map<Path, WriteMethod> methods = new ConcurrentHashMap<>();

    /// How durable files of `directory` are written; for the start log.
    public WriteMethod writeMethod(Path directory) throws IOException {
        Path key = directory.toAbsolutePath().normalize();
        WriteMethod known = methods.get(key);
        return known != null ? known : probe(key);
    }

    @Override
    public DiskFile open(Path path, Open how) throws IOException {
        try {
            return switch (how) {
                case READ -> new ReadOnlyFile(path);
                case WRITE -> {
                    FileChannel channel = FileChannel.open(path, CREATE, READ, WRITE);
                    yield new RealFile(path, channel, 1, false);
                }
                case DURABLE -> openDurable(path);
            };
        } catch (IOException e) {
            throw Failures.describe("cannot open", path, e);
        }
    }

    @Override
    public void createDirectories(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath();
        Path parent = absolute.getParent();
        if (parent == null || Files.isDirectory(absolute)) {
            return;
        }
        createDirectories(parent);
        try {
            Files.createDirectories(absolute); // tolerates another thread that was faster
        } catch (IOException e) {
            throw Failures.noDirectory(absolute, e);
        }
        syncDirectory(parent);
    }

    @Override
    public List<String> list(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.equals(WriteProbe.NAME))
                    .sorted()
                    .toList();
        }
    }

    @Override
    public boolean exists(Path path) {
        return Files.exists(path);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        Files.move(from, to, ATOMIC_MOVE);
    }

    @Override
    public void delete(Path path) throws IOException {
        Files.deleteIfExists(path);
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw Failures.describe("cannot sync directory", directory, e);
        }
    }

    @Override
    public long freeBytes(Path path) throws IOException {
        Path existing = path.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return Files.getFileStore(existing).getUsableSpace();
    }

    @Override
    public AutoCloseable lock(Path file) throws IOException {
        return FileLocks.lock(file);
    }

    private DiskFile openDurable(Path path) throws IOException {
        @Nullable Path directory = path.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IOException(path + " is no file");
        }
        WriteMethod method = writeMethod(directory);
        FileChannel channel = FileChannel.open(path, WriteProbe.options(method.kind()));
        boolean force = method.kind() == Kind.WRITE_AND_FORCE;
        return new RealFile(path, channel, method.alignmentBytes(), force);
    }

    private synchronized WriteMethod probe(Path directory) throws IOException {
        WriteMethod known = methods.get(directory);
        if (known != null) {
            return known; // another thread was faster
        }
        WriteMethod found = WriteProbe.probe(directory);
        methods.put(directory, found);
        return found;
    }
}
