package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// Small files that are replaced as a whole: a reader finds the old content or the new, never a
/// mixture.
final class DurableFile {
    /// Added to the name of a file that is being made: a file with its own name is whole.
    static final String NEW_SUFFIX = ".new";

    private DurableFile() {}

    /// Puts `content` in place of what the file held; durable when it returns.
    static void replace(Disk disk, Path path, ByteBuffer content) throws IOException {
        Path fresh = path.resolveSibling(path.getFileName() + NEW_SUFFIX);
        disk.delete(fresh);
        try (DiskFile file = disk.open(fresh, Disk.Open.WRITE)) {
            file.write(content, 0);
            file.force();
        }
        disk.rename(fresh, path);
        Path directory = path.toAbsolutePath().getParent();
        if (directory != null) {
            disk.syncDirectory(directory);
        }
    }

    /// All of a file's bytes.
    static ByteBuffer read(Disk disk, Path path) throws IOException {
        try (DiskFile file = disk.open(path, Disk.Open.READ)) {
            ByteBuffer content = ByteBuffer.allocate(Math.toIntExact(file.sizeBytes()));
            int _ = file.read(content, 0);
            return content.flip();
        }
    }
}
