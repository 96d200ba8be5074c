package io.polylog.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A folder that is gone when it is closed, whatever was put there.
public final class Scratch implements AutoCloseable {
    private final Path folder;

    /// A fresh folder below the system's one for temporary files.
    public Scratch(String prefix) throws IOException {
        folder = Files.createTempDirectory(prefix);
    }

    /// A path in it; nothing is made there.
    public Path path(String name) {
        return folder.resolve(name);
    }

    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
