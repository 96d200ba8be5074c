package io.polylog.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.interop.Project.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the code blocks of the README's tour as they stand there, but for the ports: the clients'
/// commands are wrapped so that they reach a broker on free ones.
class TourTest {
    private static final String TOUR = "The 60-second tour";
    private static final String SHELL = "With nothing but a shell";
    private static final Pattern BLOCK = Pattern.compile("(?s)```sh\n(.*?)```");

    @TempDir private Path folder;

    @Test
    void the_tour_does_what_the_readme_says() throws Exception {
        List<String> blocks = blocks(TOUR);
        assertThat(blocks).hasSize(4);
        assertThat(blocks.getFirst()).isEqualTo("./polylog serve --data tour-data\n");

        Path data = folder.resolve("tour-data");
        try (BrokerProcess broker = BrokerProcess.start(data, folder.resolve("broker.log"))) {
            wrap("kcat", kcatOn(broker.address("kafka")));
            for (String verb : List.of("declare-queue", "publish", "consume")) {
                String tool = ClientPackages.amqpTool(verb).toString();
                wrap("amqp-" + verb, "exec " + tool + " --port=" + broker.port("amqp"));
            }

            assertThat(run(blocks.get(1)))
                    .isEqualTo("orders\n{\"orderId\":\"o-1\",\"totalAmount\":49.90}");
            assertThat(run(blocks.get(2))).isEqualTo("invoices\ninvoice 1\n");

            broker.kill9();
            broker.restart();

            assertThat(run(blocks.get(3))).isEqualTo("invoice 1\n");
        }
    }

    @Test
    void a_shell_is_enough() throws Exception {
        List<String> blocks = blocks(SHELL);
        assertThat(blocks).hasSize(4);
        String serve = "./polylog serve --data tour-data ";
        assertThat(blocks.getFirst()).startsWith(serve);
        String[] flags = blocks.getFirst().substring(serve.length()).strip().split(" ");
        Path data = folder.resolve("shell-data");
        try (BrokerProcess broker = BrokerProcess.start(data, folder.resolve("shell.log"), flags)) {
            String server = "http://localhost:" + broker.port("http");
            String begin = "cd " + Project.root() + "; export POLYLOG_SERVER=" + server + "\n";
            List<String> said =
                    blocks.stream()
                            .skip(1)
                            .map(block ->
                                    run(
                                            begin
                                                    + block.replace("http://localhost:8080", server)
                                                            .replace("localhost:8080", server)))
                            .toList();
            assertThat(said.get(0)).contains("\"offset\":0", "\"lease\":", "o-1");
            assertThat(said.get(1)).contains("\"settled\":1", "rejected in orders", "customer");
            assertThat(said.get(2)).contains("1 replayed\n").endsWith("{\"orderId\":\"o-1\"}\n");
        }
    }

    private String run(String block) {
        Outcome outcome =
                Project.run(
                        Map.of("PATH", folder + ":" + System.getenv("PATH")),
                        List.of("timeout", "60", "sh", "-e", "-c", block));
        assertThat(outcome.exitCode()).as(block + outcome.err()).isZero();
        return outcome.out();
    }

    /// Goes through its arguments and puts another address in the place of the README's.
    private static String kcatOn(String address) {
        return """
        for argument; do
            shift
            [ "$argument" != localhost:9092 ] || argument=%s
            set -- "$@" "$argument"
        done
        exec %s\
        """
                .formatted(address, ClientPackages.kcat());
    }

    private void wrap(String name, String command) throws IOException {
        Path file = Files.writeString(folder.resolve(name), "#!/bin/sh\n" + command + " \"$@\"\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static List<String> blocks(String heading) throws IOException {
        String readme = Files.readString(Project.root().resolve("README.md"));
        var tour = Pattern.compile("(?s)\n## " + heading + "\n(.*?)\n## ").matcher(readme);
        assertThat(tour.find()).isTrue();
        return BLOCK.matcher(tour.group(1)).results().map((MatchResult m) -> m.group(1)).toList();
    }
}
