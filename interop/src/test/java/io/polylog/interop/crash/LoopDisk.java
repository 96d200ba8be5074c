package io.polylog.interop.crash;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An ext4 file system in a file, mounted on a folder, whose power can be cut: what was not synced
/// is gone, as if the machine had lost its power. Needs root, `mkfs.ext4`, `mount` and `xfs_io`;
/// fails loudly where it cannot have them.
final class LoopDisk implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;

    private final Path image;
    private final Path mountPoint;

    LoopDisk(Path folder, long bytes) throws IOException, InterruptedException {
        image = folder.resolve("disk.img");
        mountPoint = Files.createDirectory(folder.resolve("disk"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        run("mkfs.ext4", "-q", "-F", image.toString());
        mount();
    }

    Path folder() {
        return mountPoint;
    }

    /// Cuts the power: the file system answers nothing any more and writes nothing any more, not
    /// even its journal.
    void cutPower() throws IOException, InterruptedException {
        run("xfs_io", "-x", "-c", "shutdown", mountPoint.toString());
    }

    /// Takes the dead file system away and mounts what is on the disk. Nobody may have a file of it
    /// open.
    void restorePower() throws IOException, InterruptedException {
        run("umount", mountPoint.toString());
        mount();
    }

    @Override
    public void close() throws IOException {
        try {
            run("umount", mountPoint.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.delete(image);
    }

    private void mount() throws IOException, InterruptedException {
        run("mount", "-o", "loop", image.toString(), mountPoint.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(command));
        words.set(0, found(command[0]));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", words) + " failed (root is needed): " + output);
        }
    }

    private static String found(String program) {
        return List.of("/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/").stream()
                .map(folder -> folder + program)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse(program);
    }
}
