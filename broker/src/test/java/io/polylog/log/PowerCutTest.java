package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.log.crash.PowerCuts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real power cuts for a real file system: a process writes to ext4 on a loop device, the file
/// system is shut down under it without writing anything more, and is mounted again.
@Tag("root")
@Tag("slow")
class PowerCutTest {
    private static final int CUTS = 20;
    private static final long IMAGE_BYTES = 1L << 30;
    private static final List<String> TOOLS = List.of("xfs_io", "mkfs.ext4", "mount", "umount");

    @TempDir Path temporary;
    private Path image;
    private Path mountPoint;

    @BeforeEach
    void makeFileSystem() throws Exception {
        requirePrerequisites();
        image = temporary.resolve("image");
        mountPoint = Files.createDirectory(temporary.resolve("mount"));
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(IMAGE_BYTES);
        }
        run("mkfs.ext4", "-q", "-F", image.toString());
        mount();
    }

    @AfterEach
    void removeFileSystem() throws Exception {
        if (mountPoint != null && isMounted()) {
            // Lazily: also after a test that failed with files open. The loop device goes with it.
            run("umount", "-l", mountPoint.toString());
        }
    }

    @Test
    void what_was_acknowledged_survives_a_power_cut() throws Exception {
        PowerCuts cuts = new PowerCuts(mountPoint.resolve("data"), temporary.resolve("errors"), 1);
        for (int cut = 0; cut < CUTS; cut++) {
            cuts.live(process -> {
                run("xfs_io", "-x", "-c", "shutdown", mountPoint.toString());
                process.toHandle().destroyForcibly(); // keeps what it said readable
            });
            unmount();
            mount();
            cuts.examine();
        }
        assertThat(cuts.acknowledged()).isGreaterThan(CUTS * 20L);
    }

    /// Never skipped in silence: a machine without these says what to do.
    private static void requirePrerequisites() throws Exception {
        String wayOut =
                " is needed to cut the power of a file system: run the tests as root, with xfsprogs"
                        + " and e2fsprogs installed, or leave these out with -Pno-root";
        assertThat(output("id", "-u").strip()).as("root" + wayOut).isEqualTo("0");
        run("../interop/install-clients", "--only", "xfsprogs");
        for (String tool : TOOLS) {
            assertThat(output("sh", "-c", "command -v " + tool)).as(tool + wayOut).isNotEmpty();
        }
    }

    private void mount() throws Exception {
        run("mount", "-o", "loop", image.toString(), mountPoint.toString());
    }

    private void unmount() throws Exception {
        run("umount", mountPoint.toString());
    }

    private boolean isMounted() throws IOException {
        return Files.readString(Path.of("/proc/mounts")).contains(" " + mountPoint + " ");
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = said(process);
        assertThat(process.exitValue()).as("%s: %s", List.of(command), said).isZero();
    }

    private static String output(String... command) throws Exception {
        return said(new ProcessBuilder(command).start());
    }

    private static String said(Process process) throws Exception {
        byte[] said = process.getInputStream().readAllBytes();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new String(said, StandardCharsets.UTF_8);
    }
}
