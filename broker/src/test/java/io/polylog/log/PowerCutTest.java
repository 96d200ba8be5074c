package io.polylog.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.io.LoopDisk;
import io.polylog.log.crash.PowerCuts;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real power cuts for a real file system: a process writes to ext4 on a loop device, the file
/// system is shut down under it without writing anything more, and is mounted again.
@Tag("root")
@Tag("slow")
class PowerCutTest {
    private static final int CUTS = 20;
    private static final long DISK_BYTES = 1L << 30;

    @TempDir Path temporary;

    @Test
    void what_was_acknowledged_survives_a_power_cut() throws Exception {
        try (LoopDisk disk = new LoopDisk(temporary, DISK_BYTES)) {
            Path errors = temporary.resolve("errors");
            PowerCuts cuts = new PowerCuts(disk.folder().resolve("data"), errors, 1);
            for (int cut = 0; cut < CUTS; cut++) {
                cuts.live(process -> {
                    disk.cutPower();
                    process.toHandle().destroyForcibly(); // keeps what it said readable
                });
                disk.restorePower();
                cuts.examine();
            }
            assertThat(cuts.acknowledged()).isGreaterThan(CUTS * 20L);
        }
    }
}
