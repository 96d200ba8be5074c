package io.polylog.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.Project.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs a copy of the launcher in a folder of its own, with JDKs and a Maven that only print what
/// they were asked to do.
class LauncherTest {
    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    /// Prints its id and arguments; when asked to make a start-up cache it makes one.
    private static final String JAVA =
            """
            #!/bin/sh
            for a in "$@"; do
                case $a in
                    -XX:AOTCacheOutput=*) echo made >"${a#*=}"; echo ready; exit 0 ;;
                esac
            done
            echo "pid=$$"
            echo java=VERSION
            for a in "$@"; do printf 'arg=%s\\n' "$a"; done
            """;

    @TempDir private Path folder;
    private Path home;
    private Path tools;
    private final Map<String, String> variables = new HashMap<>();

    @BeforeEach
    void aProjectThatIsBuilt() throws IOException {
        home = Files.createDirectory(folder.resolve("a home"));
        String launcher = Files.readString(Project.root().resolve("polylog"));
        write(home.resolve("polylog"), launcher.replace(" /usr/lib/jvm/", " " + folder + "/jvm/"));
        makeExecutable(home.resolve("polylog"));
        write(home.resolve("pom.xml"), "<project>\n  <version>1.2.3</version>\n</project>\n");
        for (String module : List.of("broker", "bench", "cli")) {
            write(home.resolve(module + "/pom.xml"), "");
            write(home.resolve(module + "/src/main/java/A.java"), "");
            write(home.resolve(module + "/target/polylog-" + module + ".jar"), "");
            write(home.resolve(module + "/target/lib/library.jar"), "");
        }
        makeSourcesOlder();
        tools = Files.createDirectory(folder.resolve("tools"));
        for (String tool :
                "cat grep ls dirname basename sed head find mkdir ln rm touch sleep".split(" ")) {
            Project.passThrough(tools, tool);
        }
        variables.put("PATH", tools.toString());
        variables.put("HOME", folder.toString());
        variables.put("JAVA_HOME", "");
        variables.put("POLYLOG_JAVA_HOME", jdk("25.0.3").toString());
        variables.put("POLYLOG_JAVA_OPTS", "");
        variables.put("SDKMAN_DIR", "");
    }

    @Test
    void serve_becomes_the_jvm_and_passes_its_arguments_on() {
        Outcome outcome =
                polylog("serve", "--data", "a folder", "--set", "listen.ports.kafka=auto");

        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.out())
                .contains("pid=" + outcome.pid() + "\n")
                .contains("arg=-XX:+UseCompactObjectHeaders\n")
                .contains("arg=" + home.resolve("broker/target/polylog-broker.jar") + "\n")
                .endsWith(
                        "arg=io.polylog.server.Main\narg=--data\narg=a folder\n"
                                + "arg=--set\narg=listen.ports.kafka=auto\n");
    }

    @Test
    void demo_and_bench_run_the_load_generators_classes() {
        assertThat(polylog("demo").out()).endsWith("arg=io.polylog.demo.Demo\n");
        assertThat(polylog("bench", "kafka", "pub").out())
                .endsWith("arg=io.polylog.bench.Bench\narg=kafka\narg=pub\n");
    }

    @Test
    void any_other_command_goes_to_the_administration() {
        assertThat(polylog("queue", "list").out())
                .endsWith("arg=io.polylog.cli.Cli\narg=queue\narg=list\n");
    }

    @Test
    void flags_of_the_user_come_after_the_launchers_own() {
        variables.put("POLYLOG_JAVA_OPTS", "-Xmx1g -Da=b");

        assertThat(polylog("serve").out()).containsSubsequence("-Xmx192m", "arg=-Xmx1g\narg=-Da=b");
    }

    @Test
    void no_command_is_a_usage_error_and_help_is_not() {
        assertThat(polylog().exitCode()).isEqualTo(2);
        assertThat(polylog().err()).contains("usage: polylog COMMAND");
        assertThat(polylog("help").exitCode()).isZero();
        assertThat(polylog("help").out()).contains("usage: polylog COMMAND");
    }

    @Test
    void an_unknown_command_is_a_usage_error() {
        var real = Project.root().resolve("polylog").toString();

        var unlike = Project.run(Map.of(), List.of(real, "fzzz"));
        var misspelt = Project.run(Map.of(), List.of(real, "quue"));

        assertThat(unlike.exitCode()).isEqualTo(2);
        assertThat(unlike.err()).contains("fzzz").contains("Usage: polylog");
        assertThat(misspelt.exitCode()).isEqualTo(2);
        assertThat(misspelt.err()).contains("quue").contains("Did you mean: polylog queue?");
    }

    @Test
    void version_needs_no_java() {
        variables.put("POLYLOG_JAVA_HOME", "");

        assertThat(polylog("version").out()).isEqualTo("polylog 1.2.3\n");
    }

    @Test
    void it_finds_the_project_through_a_symbolic_link() throws IOException {
        Path link = Files.createSymbolicLink(tools.resolve("pl"), home.resolve("polylog"));

        assertThat(Project.run(variables, List.of(link.toString(), "version")).out())
                .isEqualTo("polylog 1.2.3\n");
    }

    @Test
    void a_jdk_is_found_in_java_home_on_the_path_and_in_the_usual_folders() throws IOException {
        variables.put("POLYLOG_JAVA_HOME", "");
        variables.put("JAVA_HOME", jdk("26.0.1").toString());
        assertThat(polylog("serve").out()).contains("java=26.0.1");

        variables.put("JAVA_HOME", jdk("17.0.15").toString());
        Path link = tools.resolve("java");
        Files.createSymbolicLink(link, jdk("27").resolve("bin/java"));
        assertThat(polylog("serve").out()).contains("java=27\n");
    }

    @Test
    void among_the_usual_folders_the_oldest_that_will_do_is_taken() throws IOException {
        variables.put("POLYLOG_JAVA_HOME", "");
        variables.put("SDKMAN_DIR", folder.resolve("sdkman").toString());
        jdk(folder.resolve("sdkman/candidates/java/25.0.2-tem"), "25.0.2");
        jdk(folder.resolve("jvm/java-17"), "17.0.15");
        jdk(folder.resolve("jvm/java-27"), "27");
        jdk(folder.resolve(".jdks/openjdk-26"), "26");
        jdk(folder.resolve(".jdks/old"), "1.8.0_402");

        assertThat(polylog("serve").out()).contains("java=25.0.2\n");
    }

    @Test
    void without_a_jdk_it_says_what_it_found_and_the_ways_out() throws IOException {
        Path old = jdk("17.0.15");
        variables.put("POLYLOG_JAVA_HOME", old.toString());

        Outcome outcome = polylog("serve");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err())
                .contains("no JDK 25 or later", "Java 17 in " + old, "POLYLOG_JAVA_HOME", "apt");
    }

    @Test
    void what_is_newer_than_its_jar_is_built_first_and_only_that() throws IOException {
        maven("mkdir -p broker/target/fast/lib && : >broker/target/fast/polylog-broker.jar");
        touchNow(home.resolve("broker/src/main/java/A.java"));

        Outcome first = polylog("demo");
        Outcome second = polylog("serve");

        assertThat(first.err()).contains("building");
        assertThat(Files.readString(home.resolve("maven.txt"))).contains("-pl broker package");
        assertThat(second.err()).doesNotContain("building");
        assertThat(second.out()).contains("broker/target/fast/polylog-broker.jar");
    }

    @Test
    void a_build_that_fails_shows_mavens_words_and_leaves_nothing_to_run() throws IOException {
        maven("echo 'a missing semicolon'; exit 1");
        Files.delete(home.resolve("broker/target/polylog-broker.jar"));

        Outcome outcome = polylog("serve");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.out()).isEmpty();
        assertThat(outcome.err()).contains("a missing semicolon", "the build failed");
        assertThat(home.resolve("broker/target/launcher/lock")).doesNotExist();
    }

    @Test
    void the_first_start_of_a_build_makes_a_start_up_cache_for_all_that_follow()
            throws IOException {
        Outcome first = polylog("serve");
        Outcome second = polylog("serve");
        touchNow(home.resolve("broker/target/polylog-broker.jar"));
        Outcome newer = polylog("serve");

        assertThat(first.err()).contains("start-up cache");
        assertThat(first.out()).contains("arg=-XX:AOTCache=" + home.resolve("broker/target"));
        assertThat(second.err()).isEmpty();
        assertThat(second.out()).contains("arg=-XX:AOTCache=" + home.resolve("broker/target"));
        assertThat(newer.err()).contains("start-up cache");
    }

    @Test
    void a_start_up_cache_that_cannot_be_made_is_tried_once_and_stops_nothing() throws IOException {
        Path java = Path.of(variables.get("POLYLOG_JAVA_HOME")).resolve("bin/java");
        write(java, JAVA.replace("VERSION", "25").replace("echo made >\"${a#*=}\"; ", ""));

        Outcome first = polylog("serve");
        Outcome second = polylog("serve");

        assertThat(first.exitCode()).isZero();
        assertThat(first.out()).doesNotContain("AOTCache");
        assertThat(second.err()).isEmpty();
    }

    @Test
    void the_lock_of_a_build_that_was_killed_does_not_stop_the_next() throws IOException {
        maven("mkdir -p broker/target/fast/lib && : >broker/target/fast/polylog-broker.jar");
        Files.delete(home.resolve("broker/target/polylog-broker.jar"));
        long noProcess = Project.run(Map.of(), List.of("true")).pid();
        Files.createDirectories(home.resolve("broker/target/launcher"));
        Files.createSymbolicLink(
                home.resolve("broker/target/launcher/lock"), Path.of(Long.toString(noProcess)));

        assertThat(polylog("serve").exitCode()).isZero();
    }

    @Test
    void test_runs_maven_on_the_jdk_that_was_found() throws IOException {
        maven("echo \"on $JAVA_HOME\"");

        assertThat(polylog("test", "-Pnightly").out())
                .isEqualTo("on " + variables.get("POLYLOG_JAVA_HOME") + "\n");
        assertThat(Files.readString(home.resolve("maven.txt"))).contains("verify -Pnightly");
    }

    @Test
    void without_maven_it_says_how_to_get_it() throws IOException {
        Files.delete(home.resolve("cli/target/polylog-cli.jar"));

        Outcome outcome = polylog("queue", "list");

        assertThat(outcome.exitCode()).isEqualTo(1);
        assertThat(outcome.err()).contains("Maven is needed");
    }

    @Test
    void the_scripts_pass_shellcheck() {
        String root = Project.root() + "/";
        var outcome =
                Project.run(
                        Map.of(),
                        List.of(
                                ClientPackages.shellcheck().toString(),
                                root + "polylog",
                                root + ".ci/run",
                                root + "interop/install-clients",
                                root + "interop/rabbitmq-suite"));

        assertThat(outcome.exitCode()).as(outcome.out()).isZero();
    }

    private Outcome polylog(String... arguments) {
        var command = new ArrayList<>(List.of(home.resolve("polylog").toString()));
        command.addAll(List.of(arguments));
        return Project.run(variables, command);
    }

    private Path jdk(String version) throws IOException {
        return jdk(folder.resolve("jdk-" + version), version);
    }

    private Path jdk(Path jdk, String version) throws IOException {
        write(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        write(jdk.resolve("bin/java"), JAVA.replace("VERSION", version));
        makeExecutable(jdk.resolve("bin/java"));
        return jdk;
    }

    private void maven(String does) throws IOException {
        write(tools.resolve("mvn"), "#!/bin/sh\necho \"$*\" >>maven.txt\n" + does + "\n");
        makeExecutable(tools.resolve("mvn"));
    }

    private void makeSourcesOlder() throws IOException {
        try (var files = Files.walk(home)) {
            for (Path file : files.filter(file -> !file.toString().endsWith(".jar")).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
            }
        }
    }

    private static void touchNow(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private static void makeExecutable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
