package io.polylog.interop.amqp;

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

/// Clients that are no Java libraries, as their packages have them: each does its part of a script,
/// the broker restarts, and it looks at what is left.
class PackagedClientsTest {
    private static final Path SCRIPTS =
            Project.root().resolve("interop/src/test/resources/clients");

    @TempDir private Path folder;

    @Test
    void pika() throws Exception {
        String script = SCRIPTS.resolve("amqp_pika.py").toString();
        run(Map.of(), List.of(ClientPackages.python().toString(), script));
    }

    @Test
    void celery() throws Exception {
        String script = SCRIPTS.resolve("amqp_celery.py").toString();
        run(Map.of(), List.of(ClientPackages.python().toString(), script));
    }

    @Test
    void amqplib() throws Exception {
        String modules = ClientPackages.nodeFolder().resolve("node_modules").toString();
        String script = SCRIPTS.resolve("amqp_js.js").toString();
        run(Map.of("NODE_PATH", modules), List.of(ClientPackages.node().toString(), script));
    }

    private void run(Map<String, String> variables, List<String> command) throws Exception {
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data"))) {
            phase(broker, "before", variables, command);
            broker.restart();
            phase(broker, "after", variables, command);
        }
    }

    private static void phase(
            RunningBroker broker,
            String phase,
            Map<String, String> variables,
            List<String> program) {
        List<String> command = new java.util.ArrayList<>(program);
        command.addAll(List.of(Integer.toString(broker.port("amqp")), phase));
        Outcome outcome = Project.run(variables, command);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("ok " + phase);
    }
}
