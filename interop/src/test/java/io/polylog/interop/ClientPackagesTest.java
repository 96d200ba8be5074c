package io.polylog.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientPackagesTest {
    @Test
    void every_client_answers() {
        String node = "require('amqplib'); require('kafkajs'); console.log('loaded')";
        String modules = ClientPackages.nodeFolder().resolve("node_modules").toString();

        assertThat(out(Map.of(), ClientPackages.kcat().toString(), "-V")).contains("librdkafka");
        assertThat(out(Map.of(), ClientPackages.python().toString(), "-c", "import pika, kafka"))
                .isEmpty();
        assertThat(out(Map.of("NODE_PATH", modules), ClientPackages.node().toString(), "-e", node))
                .contains("loaded");
        assertThat(out(Map.of(), ClientPackages.xfsIo().toString(), "-V")).contains("xfs_io");
        assertThat(ClientPackages.amqpTool("consume")).isExecutable();
    }

    @Test
    void a_client_that_cannot_be_installed_is_named_and_fails(@TempDir Path folder)
            throws IOException {
        Path tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool : List.of("dirname", "tr", "grep")) {
            Project.passThrough(tools, tool);
        }

        var outcome =
                Project.run(
                        Map.of("PATH", tools.toString()),
                        List.of(
                                Project.root().resolve("interop/install-clients").toString(),
                                folder.resolve("clients").toString()));

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("kcat").contains("nodejs");
    }

    private static String out(Map<String, String> variables, String... command) {
        var outcome = Project.run(variables, List.of(command));
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome.out();
    }
}
