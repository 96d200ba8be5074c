package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The crash tests would notice: a disk that goes back to what it was one crash ago makes the real
/// broker lose what it accepted since, and the verdict must say so for Kafka's, AMQP's and
/// JetStream's clients, and for all that queues can do.
@Tag("slow")
class CanaryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long SEED = 1;

    @TempDir private Path folder;

    @Test
    void a_disk_that_forgets_is_noticed() throws Exception {
        Path data = folder.resolve("data");
        try (BrokerProcess broker = BrokerProcess.start(data, folder.resolve("broker.log"))) {
            CrashRun run = new CrashRun(broker, new ForgetfulDisk(folder), PATIENCE);

            assertThat(run.cycles(2))
                    .anyMatch(what -> what.startsWith("kafka replay, lost"))
                    .anyMatch(what -> what.startsWith("amqp queue, lost"))
                    .anyMatch(what -> what.startsWith("JetStream stream, lost"))
                    .anyMatch(what -> what.startsWith("JetStream, batches that were accepted"));
        }
    }

    @Test
    void a_disk_that_forgets_is_noticed_with_every_feature() throws Exception {
        FeatureRun run = new FeatureRun(folder, SEED, new ForgetfulDisk(folder));
        List<String> wrong = run.lives(2);

        assertThat(wrong)
                .anyMatch(what -> what.matches("w\\d-.* was confirmed, and is lost"))
                .anyMatch(what -> what.endsWith(" was confirmed, and is lost in audit"))
                .anyMatch(what -> what.endsWith(" was confirmed, and is lost in chain"))
                .anyMatch(what -> what.endsWith(" was confirmed, and never came to audit::all"));
    }
}
