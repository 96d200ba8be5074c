package io.polylog.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.interop.Project.Outcome;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real launcher and process: what scripts rely on.
class ServeTest {
    @TempDir private Path folder;

    @Test
    void it_is_ready_when_it_says_so_and_ends_with_0_when_asked_to() throws Exception {
        try (BrokerProcess broker = start()) {
            assertThat(status(broker, "/health/ready")).isEqualTo(200);
            assertThat(status(broker, "/health/live")).isEqualTo(200);
            assertThat(status(broker, "/metrics")).isEqualTo(200);

            assertThat(broker.terminate()).isZero();
        }
    }

    @Test
    void it_starts_again_on_its_data_after_each_kind_of_end() throws Exception {
        try (BrokerProcess broker = start()) {
            broker.kill9();
            broker.restart();
            broker.terminate();
            broker.restart();

            assertThat(status(broker, "/health/ready")).isEqualTo(200);
        }
    }

    @Test
    void a_second_process_on_the_same_data_is_refused() throws Exception {
        try (BrokerProcess broker = start()) {
            Outcome second = serve("--data", broker.data().toString());

            assertThat(second.exitCode()).isEqualTo(1);
            assertThat(second.out()).isEmpty();
            assertThat(second.err()).contains("is used by another process");
            assertThat(broker.isAlive()).isTrue();
        }
    }

    @Test
    void a_folder_of_somebody_else_is_refused_and_left_alone() throws Exception {
        Path foreign = Files.createDirectory(folder.resolve("photos"));
        Files.writeString(foreign.resolve("holiday.jpg"), "not ours");

        Outcome outcome = serve("--data", foreign.toString());

        assertThat(outcome.exitCode()).isEqualTo(1);
        try (var files = Files.list(foreign)) {
            assertThat(files).containsExactly(foreign.resolve("holiday.jpg"));
        }
    }

    @Test
    void a_port_that_was_asked_for_and_is_taken_is_an_error() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "listen.ports.amqp=" + taken.getLocalPort();

            Outcome outcome = serve("--data", folder.resolve("data").toString(), "--set", port);

            assertThat(outcome.exitCode()).isEqualTo(1);
            assertThat(outcome.err()).contains("for amqp is in use");
        }
    }

    @Test
    void a_command_line_or_configuration_that_makes_no_sense_is_a_usage_error() throws Exception {
        Path file = Files.writeString(folder.resolve("polylog.toml"), "\n[log]\nsegmnt_size = 1\n");

        Outcome outcome = serve("--config", file.toString(), "--set", "log.memory=1000");

        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.err())
                .contains(
                        file + ":3:1: unknown key log.segmnt_size; did you mean log.segment_size?")
                .contains("--set: log.memory must be a size with its unit")
                .doesNotContain("Exception");
        assertThat(serve("--dta", "x").exitCode()).isEqualTo(2);
    }

    private BrokerProcess start() throws Exception {
        return BrokerProcess.start(folder.resolve("data"), folder.resolve("broker.log"));
    }

    /// On free ports unless the arguments say otherwise.
    private static Outcome serve(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Project.root().resolve("polylog").toString());
        command.add("serve");
        for (String protocol : List.of("kafka", "amqp", "http")) {
            command.addAll(List.of("--set", "listen.ports." + protocol + "=auto"));
        }
        command.addAll(List.of(arguments));
        return Project.run(Map.of(), command);
    }

    private static int status(BrokerProcess broker, String path) throws Exception {
        URI uri = URI.create("http://" + broker.address("http") + path);
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
