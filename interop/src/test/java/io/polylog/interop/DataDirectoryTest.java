package io.polylog.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.harness.BrokerProcess;
import io.polylog.interop.Project.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Data directories that the real process must not start on: each kind has its own message that
/// names the file and the way out, the exit code is 1, and not a byte is changed.
@Tag("slow")
class DataDirectoryTest {
    private static final String META = "polylog.meta";
    private static final String MANIFEST = "manifest";
    private static final String SEGMENT = ".log";
    private static final String CELLS = ".cells";

    // Where the first 64 bytes of each file have what: see the class FormatHeader.
    private static final int VERSION_AT = 24;
    private static final int CRC_AT = 28;
    private static final int REST_AT = 32;
    private static final int HEADER_BYTES = 64;

    @TempDir private static Path made;
    @TempDir private Path folder;

    private Path data;

    @BeforeAll
    static void makeTwoDataDirectories() throws Exception {
        for (String name : List.of("one", "two")) {
            try (BrokerProcess broker =
                    BrokerProcess.start(made.resolve(name), made.resolve(name + ".log"))) {
                assertThat(broker.terminate()).isZero();
            }
        }
    }

    @BeforeEach
    void copyOne() throws Exception {
        data = folder.resolve("data");
        Files.createDirectory(data);
        try (Stream<Path> files = Files.list(made.resolve("one"))) {
            for (Path file : files.toList()) {
                Files.copy(file, data.resolve(file.getFileName()));
            }
        }
    }

    static Stream<Arguments> formats() {
        return Stream.of(META, SEGMENT)
                .flatMap(file ->
                        Stream.of(
                                Arguments.of(
                                        file, 99, "as version 99 of the format", "use a newer one"),
                                Arguments.of(
                                        file,
                                        0,
                                        "as version 0 of the format",
                                        "an older release")));
    }

    @ParameterizedTest(name = "{0} of version {1}")
    @MethodSource("formats")
    void a_file_of_another_version_is_refused(String name, int version, String what, String wayOut)
            throws Exception {
        changeVersion(file(data, name), version);

        assertRefused(file(data, name).toString(), what, wayOut);
    }

    @ParameterizedTest
    @ValueSource(strings = {MANIFEST, SEGMENT})
    void a_file_of_another_data_directory_is_refused(String name) throws Exception {
        Path ours = file(data, name);
        Files.write(ours, Files.readAllBytes(file(made.resolve("two"), name)));

        assertRefused(ours + " belongs to the data directory", "this one is");
    }

    @ParameterizedTest
    @ValueSource(strings = {MANIFEST, SEGMENT, CELLS})
    void a_file_that_is_gone_is_named(String name) throws Exception {
        Path gone = file(data, name);
        Files.delete(gone);

        assertRefused(gone + " is missing", "restore the data directory from a copy");
    }

    @ParameterizedTest
    @ValueSource(strings = {META, CELLS})
    void a_damaged_file_is_named(String name) throws Exception {
        Path file = file(data, name);
        byte[] content = Files.readAllBytes(file);
        content[VERSION_AT + 1] ^= 1;
        Files.write(file, content);

        assertRefused(file + " is damaged");
    }

    @Test
    void a_file_of_somebody_else_under_a_name_of_ours_is_refused() throws Exception {
        Path file = file(data, MANIFEST);
        byte[] content = Files.readAllBytes(file);
        System.arraycopy("SQLite format 3\0".getBytes(US_ASCII), 0, content, 0, 16);
        Files.write(file, content);

        assertRefused(file + " is not Polylog's");
    }

    @Test
    void files_without_the_one_that_names_them_are_refused() throws Exception {
        Files.delete(data.resolve(META));

        assertRefused("but no " + META, "use an empty directory");
    }

    @Test
    void fewer_shards_than_the_data_has_are_refused() throws Exception {
        Path three = folder.resolve("three");
        try (BrokerProcess broker =
                BrokerProcess.start(three, folder.resolve("three.log"), "--set", "log.shards=3")) {
            assertThat(broker.terminate()).isZero();
        }
        data = three;

        assertRefused("the log holds shard", "which this process does not have");
    }

    @Test
    void a_file_in_place_of_the_directory_is_refused() throws Exception {
        Path file = Files.writeString(folder.resolve("a-file"), "not a folder");

        Outcome outcome = serve(file);

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("cannot make the directory " + file + ": there is a file of that name");
        assertThat(file).hasContent("not a folder");
    }

    @Test
    void a_place_where_nothing_can_be_made_is_refused() {
        Outcome outcome = serve(Path.of("/proc/polylog-data"));

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("cannot make the directory /proc/polylog-data");
    }

    private void assertRefused(String... parts) throws Exception {
        Map<String, Integer> before = contents(data);

        Outcome outcome = serve(data);

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains(parts).doesNotContain("Exception");
        assertThat(contents(data)).isEqualTo(before);
    }

    private static Outcome serve(Path data) {
        List<String> command = new ArrayList<>();
        command.addAll(
                List.of(
                        Project.root().resolve("polylog").toString(),
                        "serve",
                        "--data",
                        data.toString()));
        for (String protocol : List.of("kafka", "amqp", "http")) {
            command.addAll(List.of("--set", "listen.ports." + protocol + "=auto"));
        }
        return Project.run(Map.of(), command);
    }

    /// The newest file of that name or ending.
    private static Path file(Path directory, String ending) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().endsWith(ending))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    /// Each file's name and what stands for its content.
    private static Map<String, Integer> contents(Path directory) throws IOException {
        Map<String, Integer> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                byte[] content = Files.readAllBytes(file);
                contents.put(file.getFileName().toString(), crc(content, 0, content.length));
            }
        }
        contents.remove("lock"); // says who tried last
        return contents;
    }

    private static void changeVersion(Path file, int version) throws IOException {
        byte[] content = Files.readAllBytes(file);
        ByteBuffer header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(VERSION_AT, version);
        int crc = crc(content, 0, CRC_AT) ^ crc(content, REST_AT, HEADER_BYTES - REST_AT);
        header.putInt(CRC_AT, crc);
        Files.write(file, content);
    }

    private static int crc(byte[] content, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(content, from, length);
        return (int) crc.getValue();
    }
}
