package io.polylog.interop.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that takes all that is left of a disk, as somebody else's data would.
final class Ballast {
    private static final int CHUNK_BYTES = 64 << 10;

    private final Path file;

    /// @param folder on the disk to be filled
    Ballast(Path folder) {
        file = folder.resolve("ballast");
    }

    /// Takes what is free now; what is given back later is taken by the next call.
    void fill() throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
            while (true) {
                channel.write(chunk.clear());
            }
        } catch (IOException full) {
            if (!String.valueOf(full.getMessage()).contains("No space left")) {
                throw full;
            }
        }
    }

    /// Gives all of it back.
    void remove() throws IOException {
        Files.delete(file);
    }
}
