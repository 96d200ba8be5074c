package io.polylog.io;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.DSYNC;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import io.polylog.io.WriteMethod.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Set;

/// Finds the fastest durable write of a directory by really doing it: file systems accept the open
/// flag and then refuse the write, or the other way round. Any thread.
final class WriteProbe {
    /// What the log's blocks are multiples of; a file system that wants more gets no direct writes.
    static final int DIRECT_ALIGNMENT_BYTES = 4096;

    /// Hidden from [Disk#list]; a killed process may leave it behind, the next probe takes it over.
    static final String NAME = ".polylog-write-probe";

    private WriteProbe() {}

    static WriteMethod probe(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        try {
            return probeFile(file);
        } finally {
            Files.deleteIfExists(file);
        }
    }

    /// The options that open a file for `kind`.
    static Set<OpenOption> options(Kind kind) {
        return switch (kind) {
            case DIRECT -> Set.of(CREATE, READ, WRITE, DSYNC, direct());
            case SYNCHRONOUS -> Set.of(CREATE, READ, WRITE, DSYNC);
            case WRITE_AND_FORCE -> Set.of(CREATE, READ, WRITE);
        };
    }

    /// The JDK's only name for O_DIRECT lies outside the documented classes and would be a compiler
    /// warning that cannot be switched off. Exported by jdk.unsupported since Java 10.
    private static OpenOption direct() {
        try {
            Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
            return (OpenOption) options.getField("DIRECT").get(null);
        } catch (ReflectiveOperationException e) {
            throw new UnsupportedOperationException("this JDK has no direct writes", e);
        }
    }

    private static WriteMethod probeFile(Path file) throws IOException {
        String refused = directRefusal(file);
        if (refused.isEmpty()) {
            return new WriteMethod(Kind.DIRECT, DIRECT_ALIGNMENT_BYTES, "");
        }
        try {
            write(file, Kind.SYNCHRONOUS);
            return new WriteMethod(Kind.SYNCHRONOUS, 1, "no direct writes: " + refused);
        } catch (IOException | UnsupportedOperationException noSync) {
            write(file, Kind.WRITE_AND_FORCE);
            String reason = "no direct writes: " + refused + "; no synchronous writes: ";
            return new WriteMethod(Kind.WRITE_AND_FORCE, 1, reason + noSync.getMessage());
        }
    }

    private static String directRefusal(Path file) throws IOException {
        long blockBytes = Files.getFileStore(file.getParent()).getBlockSize();
        if (DIRECT_ALIGNMENT_BYTES % blockBytes != 0) {
            return "blocks of " + blockBytes + " bytes";
        }
        try {
            write(file, Kind.DIRECT);
            return "";
        } catch (IOException | UnsupportedOperationException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void write(Path file, Kind kind) throws IOException {
        ByteBuffer block =
                ByteBuffer.allocateDirect(2 * DIRECT_ALIGNMENT_BYTES)
                        .alignedSlice(DIRECT_ALIGNMENT_BYTES)
                        .limit(DIRECT_ALIGNMENT_BYTES);
        try (FileChannel channel = FileChannel.open(file, options(kind))) {
            int written = channel.write(block, 0);
            if (written != DIRECT_ALIGNMENT_BYTES) {
                throw new IOException("wrote " + written + " of " + DIRECT_ALIGNMENT_BYTES);
            }
            channel.force(false);
        }
    }
}
