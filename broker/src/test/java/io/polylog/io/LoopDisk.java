package io.polylog.io;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// An ext4 file system in a file, mounted on a folder: one that can be filled, and whose power can
/// be cut, after which what was not synced is gone, as if the machine had lost its power. Needs
/// root, `mkfs.ext4`, `mount` and `xfs_io`; where it cannot have them it fails and says what to do.
/// One thread.
public final class LoopDisk implements AutoCloseable {
    private static final long LIMIT_SECONDS = 60;
    private static final List<String> SYSTEM_FOLDERS =
            List.of("/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/");

    private final Path image;
    private final Path mountPoint;

    /// Makes the file system and mounts it.
    ///
    /// @param folder gets the image and the folder it is mounted on
    /// @param bytes size of the image; its blocks are taken from the folder's disk when written
    public LoopDisk(Path folder, long bytes) throws IOException, InterruptedException {
        requirePrerequisites();
        image = folder.resolve("disk.img");
        mountPoint = Files.createDirectory(folder.resolve("disk"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        run("mkfs.ext4", "-q", "-F", image.toString());
        mount();
    }

    /// Where it is mounted.
    public Path folder() {
        return mountPoint;
    }

    /// Cuts the power: the file system answers nothing any more and writes nothing any more, not
    /// even its journal.
    public void cutPower() throws IOException, InterruptedException {
        run("xfs_io", "-x", "-c", "shutdown", mountPoint.toString());
    }

    /// Takes the dead file system away and mounts what is on the disk. Nobody may have a file of it
    /// open.
    public void restorePower() throws IOException, InterruptedException {
        unmount();
        mount();
    }

    /// Takes the file system away. Nobody may have a file of it open.
    public void unmount() throws IOException, InterruptedException {
        run("umount", mountPoint.toString());
    }

    /// Mounts what is on the disk.
    public void mount() throws IOException, InterruptedException {
        run("mount", "-o", "loop", image.toString(), mountPoint.toString());
    }

    /// Takes it away, also from under somebody who still has a file of it open. The loop device
    /// goes with it.
    @Override
    public void close() throws IOException {
        try {
            if (Files.readString(Path.of("/proc/mounts")).contains(" " + mountPoint + " ")) {
                run("umount", "-l", mountPoint.toString());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Files.delete(image);
    }

    /// Never skipped in silence: a machine without these says what to do.
    private static void requirePrerequisites() throws IOException, InterruptedException {
        if (!run("id", "-u").strip().equals("0")) {
            throw new IOException(
                    "root is needed to mount a file system: run the tests as root, or leave these"
                            + " out with -Pno-root");
        }
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("interop/install-clients"))) {
            root = root.getParent();
            if (root == null) {
                throw new IOException("not inside the project");
            }
        }
        run(root.resolve("interop/install-clients").toString(), "--only", "xfsprogs");
    }

    private static String run(String... command) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of(command));
        words.set(0, found(command[0]));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(String.join(" ", words) + " failed: " + said);
        }
        return said;
    }

    private static String found(String program) {
        return SYSTEM_FOLDERS.stream()
                .map(folder -> folder + program)
                .filter(path -> Files.isExecutable(Path.of(path)))
                .findFirst()
                .orElse(program);
    }
}
