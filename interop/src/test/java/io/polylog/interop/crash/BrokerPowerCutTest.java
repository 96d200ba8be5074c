package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.io.LoopDisk;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Power cuts under the real broker, on a file system of its own. The broker is not killed: its
/// next write fails, and then it must stop by itself.
@Tag("root")
@Tag("slow")
class BrokerPowerCutTest {
    private static final int CYCLES = Integer.getInteger("polylog.powerCuts", 7);
    private static final long DISK_BYTES = 6L << 30;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir private Path folder;

    @Test
    void a_power_cut_loses_and_invents_nothing_and_keeps_the_order() throws Exception {
        try (LoopDisk disk = new LoopDisk(folder, DISK_BYTES);
                BrokerProcess broker =
                        BrokerProcess.start(
                                disk.folder().resolve("data"), folder.resolve("broker.log"))) {
            CrashRun run =
                    new CrashRun(
                            broker,
                            dying -> {
                                disk.cutPower();
                                // No acknowledgement after a failed write: it must end by itself.
                                assertThat(dying.waitForEnd(PATIENCE)).isEqualTo(1);
                                disk.restorePower();
                            });

            assertThat(run.cycles(CYCLES)).isEmpty();
            assertThat(broker.terminate()).isZero();
        }
    }
}
