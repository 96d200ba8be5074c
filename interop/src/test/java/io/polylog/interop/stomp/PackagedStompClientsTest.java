package io.polylog.interop.stomp;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.ClientPackages;
import io.polylog.interop.Project;
import io.polylog.interop.Project.Outcome;
import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that are no Java libraries, as their packages have them: each does its part of a script,
/// the broker restarts, and it looks at what is left.
class PackagedStompClientsTest {
    private static final Path SCRIPTS =
            Project.root().resolve("interop/src/test/resources/clients");

    @TempDir private Path folder;

    @Test
    void stomp_py() throws Exception {
        String script = SCRIPTS.resolve("stomp_py.py").toString();
        run("stomp", Map.of(), List.of(ClientPackages.python().toString(), script));
    }

    @Test
    void stompjs_over_websocket() throws Exception {
        String modules = ClientPackages.nodeFolder().resolve("node_modules").toString();
        String script = SCRIPTS.resolve("stomp_js.js").toString();
        run(
                "stomp_ws",
                Map.of("NODE_PATH", modules),
                List.of(ClientPackages.node().toString(), script));
    }

    private void run(String port, Map<String, String> variables, List<String> program)
            throws Exception {
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data"))) {
            phase(broker.port(port), "before", variables, program);
            broker.restart();
            phase(broker.port(port), "after", variables, program);
        }
    }

    private static void phase(
            int port, String phase, Map<String, String> variables, List<String> program) {
        List<String> command = new ArrayList<>(program);
        command.addAll(List.of(Integer.toString(port), phase));
        Outcome outcome = Project.run(variables, command);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("ok " + phase);
    }
}
