package io.polylog.interop.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.ClientPackages;
import io.polylog.interop.Project;
import io.polylog.interop.Project.Outcome;
import io.polylog.interop.RunningBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that are no Java libraries, as their packages have them.
class KafkaPackagedClientsTest {
    private static final Path SCRIPTS =
            Project.root().resolve("interop/src/test/resources/clients");

    @TempDir private Path folder;
    private RunningBroker broker;

    @BeforeEach
    void start() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private String kcat(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(ClientPackages.kcat().toString());
        command.addAll(List.of("-b", broker.address("kafka")));
        command.addAll(List.of(arguments));
        Outcome outcome = Project.run(Map.of(), command);
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        return outcome.out();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "gzip", "snappy", "lz4", "zstd"})
    void kcat_reads_what_it_wrote_with_each_codec(String codec) throws Exception {
        String lines =
                IntStream.range(0, 2000)
                        .mapToObj(i -> "k" + i + ":value " + i)
                        .collect(Collectors.joining("\n", "", "\n"));
        Path input = Files.writeString(folder.resolve("lines"), lines);
        kcat(
                "-P",
                "-t",
                codec,
                "-z",
                codec,
                "-K:",
                "-X",
                "enable.idempotence=true",
                "-l",
                input.toString());

        assertThat(kcat("-C", "-t", codec, "-e", "-q", "-K:", "-o", "beginning")).isEqualTo(lines);
        assertThat(kcat("-C", "-t", codec, "-e", "-q", "-K:", "-o", "1999", "-c", "1"))
                .isEqualTo("k1999:value 1999\n");
    }

    @Test
    void kcat_reads_as_a_group_and_goes_on_where_the_group_was() throws Exception {
        Path input = Files.writeString(folder.resolve("lines"), "a\nb\nc\n");
        kcat("-P", "-t", "orders", "-l", input.toString());
        String[] group = {
            "-G", "readers", "-q", "-e", "-X", "auto.offset.reset=earliest", "orders"
        };

        assertThat(kcat(group)).isEqualTo("a\nb\nc\n");
        kcat("-P", "-t", "orders", "-l", Files.writeString(input, "d\n").toString());
        assertThat(kcat(group)).isEqualTo("d\n");
    }

    @Test
    void kcat_lists_the_node_and_the_topics() throws Exception {
        kcat(
                "-P",
                "-t",
                "orders",
                "-l",
                Files.writeString(folder.resolve("lines"), "a\n").toString());

        assertThat(kcat("-L"))
                .contains("broker 0 at " + broker.address("kafka"))
                .contains("topic \"orders\" with 1 partitions");
        assertThat(kcat("-Q", "-t", "orders:0:0")).contains("orders [0] offset 0");
    }

    @Test
    void kcat_starts_at_a_time_and_from_the_end() throws Exception {
        Path input = Files.writeString(folder.resolve("lines"), "a\nb\n");
        kcat("-P", "-t", "orders", "-l", input.toString());
        long between = timeAfterAllSent();
        kcat("-P", "-t", "orders", "-l", Files.writeString(input, "c\nd\n").toString());

        assertThat(kcat("-C", "-t", "orders", "-e", "-q", "-o", "s@" + between))
                .isEqualTo("c\nd\n");
        assertThat(kcat("-C", "-t", "orders", "-e", "-q", "-o", "s@1", "-o", "e@" + between))
                .isEqualTo("a\nb\n");
        assertThat(kcat("-C", "-t", "orders", "-e", "-q", "-o", "-1")).isEqualTo("d\n");
        assertThat(kcat("-Q", "-t", "orders:0:" + between)).contains("orders [0] offset 2");
    }

    /// A moment after which nothing was sent yet.
    private static long timeAfterAllSent() {
        long now = System.currentTimeMillis() + 1;
        while (System.currentTimeMillis() < now + 1) {
            Thread.onSpinWait();
        }
        return now;
    }

    @Test
    void kafka_python_makes_its_round_trip() {
        Outcome outcome =
                Project.run(
                        Map.of(),
                        List.of(
                                ClientPackages.python().toString(),
                                SCRIPTS.resolve("kafka_python.py").toString(),
                                broker.address("kafka")));
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("ok 100");
    }

    @Test
    void kafkajs_makes_its_round_trip() {
        String modules = ClientPackages.nodeFolder().resolve("node_modules").toString();
        Outcome outcome =
                Project.run(
                        Map.of("NODE_PATH", modules, "KAFKAJS_NO_PARTITIONER_WARNING", "1"),
                        List.of(
                                ClientPackages.node().toString(),
                                SCRIPTS.resolve("kafka_js.js").toString(),
                                broker.address("kafka")));
        assertThat(outcome.exitCode()).as(outcome.err()).isZero();
        assertThat(outcome.out()).contains("ok 100");
    }
}
