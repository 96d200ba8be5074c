package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.interop.Project;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The crash tests would notice: a disk that goes back to what it was one crash ago makes the real
/// broker lose what it accepted since, and the verdict must say so for both protocols.
@Tag("slow")
class CanaryTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @TempDir private Path folder;

    @Test
    void a_disk_that_forgets_is_noticed() throws Exception {
        Path data = folder.resolve("data");
        Path earlier = folder.resolve("earlier");
        try (BrokerProcess broker = BrokerProcess.start(data, folder.resolve("broker.log"))) {
            CrashRun run =
                    new CrashRun(
                            broker,
                            dying -> {
                                dying.kill9();
                                if (Files.exists(earlier)) {
                                    replace(data, earlier);
                                }
                                replace(earlier, data);
                            },
                            PATIENCE);

            assertThat(run.cycles(2))
                    .anyMatch(what -> what.startsWith("kafka replay, lost"))
                    .anyMatch(what -> what.startsWith("amqp queue, lost"));
        }
    }

    private static void replace(Path target, Path source) {
        String script = "rm -rf \"$1\" && cp -a \"$0\" \"$1\"";
        List<String> command = List.of("sh", "-c", script, source.toString(), target.toString());
        assertThat(Project.run(Map.of(), command).exitCode()).isZero();
    }
}
