package io.polylog.io;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/// Turns the operating system's errors into ones that name the file and tell a full disk from a
/// broken one. The JDK gives both as a plain IOException with the system's own words.
final class Failures {
    private static final List<String> FULL = List.of("No space left", "quota exceeded");

    private Failures() {}

    static IOException describe(String action, Path path, IOException cause) {
        return cause instanceof NoSuchFileException ? cause : described(action, path, cause);
    }

    /// A directory could not be made.
    static IOException noDirectory(Path path, IOException cause) {
        return described("cannot make the directory", path, cause);
    }

    private static IOException described(String action, Path path, IOException cause) {
        String reason = reason(cause);
        String message = action + " " + path + ": " + reason;
        return FULL.stream().anyMatch(reason::contains)
                ? new DiskFullException(message, cause)
                : new IOException(message, cause);
    }

    /// What the JDK says with a class instead of words gets words: its message is the path alone.
    private static String reason(IOException cause) {
        return switch (cause) {
            case FileAlreadyExistsException _ -> "there is a file of that name";
            case NoSuchFileException _ -> "nothing can be made there";
            case AccessDeniedException _ -> "permission denied";
            default -> String.valueOf(cause.getMessage());
        };
    }
}
