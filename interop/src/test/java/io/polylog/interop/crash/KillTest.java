package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
class KillTest {
    private static final int CYCLES = Integer.getInteger("polylog.kills", 10);

    @TempDir private Path folder;

    @Test
    void kill_9_loses_and_invents_nothing_and_keeps_the_order() throws Exception {
        try (BrokerProcess broker =
                BrokerProcess.start(folder.resolve("data"), folder.resolve("broker.log"))) {
            CrashRun run = new CrashRun(broker, BrokerProcess::kill9);

            assertThat(run.cycles(CYCLES)).isEmpty();
            assertThat(broker.terminate()).isZero();
        }
    }
}
