package io.polylog.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.interop.Project;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Kills a broker and gives it a disk that goes back to what it was one crash ago.
final class ForgetfulDisk implements CrashRun.Crash {
    private final Path earlier;

    /// @param folder where there is room for a copy
    ForgetfulDisk(Path folder) {
        earlier = folder.resolve("earlier");
    }

    @Override
    public void strike(BrokerProcess broker) throws Exception {
        broker.kill9();
        if (Files.exists(earlier)) {
            replace(broker.data(), earlier);
        }
        replace(earlier, broker.data());
    }

    private static void replace(Path target, Path source) {
        String script = "rm -rf \"$1\" && cp -a \"$0\" \"$1\"";
        List<String> command = List.of("sh", "-c", script, source.toString(), target.toString());
        assertThat(Project.run(Map.of(), command).exitCode()).isZero();
    }
}
