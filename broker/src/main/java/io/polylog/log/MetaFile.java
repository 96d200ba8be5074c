package io.polylog.log;

import io.polylog.io.Disk;
import io.polylog.io.Entropy;
import io.polylog.log.LogOpenException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// `polylog.meta`: says that a directory is a data directory of Polylog's, and which. Only a
/// [FormatHeader]; written once, when the directory is empty.
final class MetaFile {
    static final String NAME = "polylog.meta";
    static final String LOCK_NAME = "lock";

    private MetaFile() {}

    /// Refuses a directory that holds what is not ours. Before anything is written there.
    static void requireOurs(Disk disk, Path directory) throws IOException {
        if (!disk.exists(directory.resolve(NAME))) {
            checkEmpty(directory, disk.list(directory));
        }
    }

    /// The directory's id; an empty directory gets one.
    static DirectoryId open(Disk disk, Path directory, Entropy entropy) throws IOException {
        Path path = directory.resolve(NAME);
        if (disk.exists(path)) {
            return FormatHeader.decode(DurableFile.read(disk, path), 0, Format.META, path);
        }
        checkEmpty(directory, disk.list(directory));
        DirectoryId id = new DirectoryId(entropy.nextLong(), entropy.nextLong());
        DurableFile.replace(disk, path, encode(id));
        return id;
    }

    static ByteBuffer encode(DirectoryId id) {
        ByteBuffer content = ByteBuffer.allocate(FormatHeader.BYTES);
        FormatHeader.encode(content, 0, Format.META, id);
        return content;
    }

    private static void checkEmpty(Path directory, List<String> names) throws LogOpenException {
        for (String name : names) {
            boolean ours = name.equals(LOCK_NAME) || name.equals(NAME + DurableFile.NEW_SUFFIX);
            if (!ours && !name.equals("lost+found")) {
                throw new LogOpenException(
                        Reason.FOREIGN,
                        "%s holds '%s' but no %s: it is not Polylog's; use an empty directory"
                                .formatted(directory, name, NAME));
            }
        }
    }
}
