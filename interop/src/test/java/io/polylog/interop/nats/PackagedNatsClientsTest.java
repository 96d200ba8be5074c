package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.ClientPackages;
import io.polylog.interop.Project;
import io.polylog.interop.Project.Outcome;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients of NATS that are no Java libraries, as their packages have them.
class PackagedNatsClientsTest {
    @TempDir private Path folder;

    @Test
    void nats_js() throws Exception {
        run("nats_js.js");
    }

    @Test
    void nats_js_with_jetstream() throws Exception {
        run("jetstream_js.js");
    }

    @Test
    void debians_client_for_go() throws Exception {
        Path program = folder.resolve("nats_go");
        Map<String, String> where =
                Map.of(
                        "GO111MODULE",
                        "off",
                        "GOPATH",
                        ClientPackages.GO_PATH.toString(),
                        "GOCACHE",
                        ClientPackages.nodeFolder().resolve("go-cache").toString());
        Outcome built =
                Project.run(
                        where,
                        List.of(
                                ClientPackages.go().toString(),
                                "build",
                                "-o",
                                program.toString(),
                                source("nats_go.go").toString()));
        assertThat(built.exitCode()).as(built.err()).isZero();
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data"))) {
            Outcome outcome =
                    Project.run(
                            Map.of(),
                            List.of(program.toString(), Integer.toString(broker.port("nats"))));
            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            assertThat(outcome.out()).contains("ok");
        }
    }

    private static Path source(String name) {
        return Project.root().resolve("interop/src/test/resources/clients").resolve(name);
    }

    private void run(String name) throws Exception {
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data"))) {
            Outcome outcome = ClientPackages.runNode(name, Integer.toString(broker.port("nats")));
            assertThat(outcome.exitCode()).as(outcome.err()).isZero();
            assertThat(outcome.out()).contains("ok");
        }
    }
}
