package io.polylog.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// The project's folder and a way to run its programs to their end.
public final class Project {
    private static final long LIMIT_MINUTES = 5;

    private Project() {}

    /// The project's root, found upwards from the folder the tests run in.
    public static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("broker/pom.xml"))) {
            folder = folder.getParent();
            if (folder == null) {
                throw new IllegalStateException("not inside the project");
            }
        }
        return folder;
    }

    /// Runs a program to its end, with what it printed to either stream. Each variable replaces the
    /// inherited one; an empty value removes it.
    public static Outcome run(Map<String, String> variables, List<String> command) {
        try {
            return start(variables, command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command, e);
        }
    }

    /// Puts a program that calls the system's one of the same name into a folder, so that a `PATH`
    /// of that folder alone has nothing else.
    static void passThrough(Path folder, String tool) throws IOException {
        Path file = folder.resolve(tool);
        Files.writeString(file, "#!/bin/sh\nexec /bin/" + tool + " \"$@\"\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static Outcome start(Map<String, String> variables, List<String> command)
            throws IOException, InterruptedException {
        Path out = Files.createTempFile("polylog-out", ".txt");
        Path err = Files.createTempFile("polylog-err", ".txt");
        try {
            var builder = new ProcessBuilder(command);
            builder.environment().putAll(variables);
            builder.environment().values().removeIf(String::isEmpty);
            builder.redirectOutput(out.toFile()).redirectError(err.toFile());
            Process process = builder.start();
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException("still running after minutes: " + command);
            }
            return new Outcome(process.pid(), process.exitValue(), read(out), read(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String read(Path file) throws IOException {
        return Files.readString(file, StandardCharsets.UTF_8);
    }

    /// How a program ended.
    ///
    /// @param pid its process id while it ran
    /// @param exitCode what it answered
    /// @param out its standard output
    /// @param err its standard error
    public record Outcome(long pid, int exitCode, String out, String err) {}
}
