package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PowerCutTest {
    private static final int CYCLES = Integer.getInteger("polylog.powerCuts", 20);
    private static final long DISK_BYTES = 6L << 30;

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
                                dying.kill9();
                                disk.restorePower();
                            });

            assertThat(run.cycles(CYCLES)).isEmpty();
            assertThat(broker.terminate()).isZero();
        }
    }
}
