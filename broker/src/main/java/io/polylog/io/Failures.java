package io.polylog.io;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// Turns the operating system's errors into ones that name the file and tell a full disk from a
/// broken one. The JDK gives both as a plain IOException with the system's own words.
final class Failures {
    private static final List<String> FULL = List.of("No space left", "quota exceeded");

    private Failures() {}

    static IOException describe(String action, Path path, IOException cause) {
        if (cause instanceof NoSuchFileException) {
            return cause;
        }
        String reason = String.valueOf(cause.getMessage());
        String message = action + " " + path + ": " + reason;
        return FULL.stream().anyMatch(reason::contains)
                ? new DiskFullException(message, cause)
                : new IOException(message, cause);
    }
}
