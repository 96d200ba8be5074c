package io.polylog.io;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Lock files of this process. The operating system's lock belongs to the process and is lost when
/// any channel on the file is closed, so a second taker in the same process is turned away before
/// it opens anything. The file holds the owner's process id for the error message.
final class FileLocks {
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();
    private static final int LONGEST_PID = 20;

    private FileLocks() {}

    static AutoCloseable lock(Path file) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "directory");
        Path name = directory.toRealPath().resolve(file.getFileName());
        if (!HELD.add(name)) {
            throw new IOException("lock file " + name + " is already held by this process");
        }
        try {
            FileChannel channel = acquire(name);
            return () -> release(name, channel);
        } catch (IOException | RuntimeException e) {
            HELD.remove(name);
            throw e;
        }
    }

    private static FileChannel acquire(Path file) throws IOException {
        FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE);
        try {
            if (channel.tryLock() == null) {
                throw new IOException(
                        "lock file " + file + " is held by process " + owner(channel));
            }
            byte[] pid = Long.toString(ProcessHandle.current().pid()).getBytes(US_ASCII);
            channel.truncate(0).write(ByteBuffer.wrap(pid), 0);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static String owner(FileChannel channel) throws IOException {
        ByteBuffer pid = ByteBuffer.allocate(LONGEST_PID);
        channel.read(pid, 0);
        String owner = US_ASCII.decode(pid.flip()).toString();
        return owner.isEmpty() ? "(unknown)" : owner;
    }

    private static void release(Path file, FileChannel channel) throws IOException {
        channel.close();
        HELD.remove(file);
    }
}
