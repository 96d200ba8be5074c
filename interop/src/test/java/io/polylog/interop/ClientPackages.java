package io.polylog.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The clients that are no Java libraries: installed once per run by `interop/install-clients`.
/// What cannot be installed fails the test that needs it; nothing is skipped. Any thread.
public final class ClientPackages {
    private static final Path SCRIPT = Project.root().resolve("interop/install-clients");

    /// Where Debian has libraries of Go.
    public static final Path GO_PATH = Path.of("/usr/share/gocode");

    private ClientPackages() {}

    /// kcat, the command line of librdkafka.
    public static Path kcat() {
        return command("kcat");
    }

    /// The Python that has the modules `pika`, `kafka`, `celery`, `stomp` and `paho`.
    public static Path python() {
        installed();
        return Path.of("/usr/bin/python3");
    }

    /// Node; run it in a folder below [#nodeFolder] or with that as `NODE_PATH`'s parent.
    public static Path node() {
        return command("node");
    }

    /// The folder whose `node_modules` holds `amqplib`, `kafkajs`, `@stomp/stompjs`, `ws`, `mqtt`
    /// and `@nats-io/` `transport-node`, `jetstream`, `kv` and `obj`.
    public static Path nodeFolder() {
        return installed();
    }

    /// Runs a script of the tests' `clients` with Node and these modules.
    public static Project.Outcome runNode(String script, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(node().toString());
        command.add(Project.root().resolve("interop/src/test/resources/clients") + "/" + script);
        command.addAll(List.of(arguments));
        String modules = nodeFolder().resolve("node_modules").toString();
        return Project.run(Map.of("NODE_PATH", modules), command);
    }

    /// The compiler of Go; Debian's libraries, NATS' client among them, are below [#GO_PATH].
    public static Path go() {
        return command("go");
    }

    /// The tool that shuts a file system down as a power cut would.
    public static Path xfsIo() {
        return command("xfs_io");
    }

    /// The tools `amqp-publish`, `amqp-consume` and their kin.
    public static Path amqpTool(String verb) {
        return command("amqp-" + verb);
    }

    /// The tools `mosquitto_pub` and `mosquitto_sub`.
    public static Path mosquitto(String verb) {
        return command("mosquitto_" + verb);
    }

    /// The checker of shell scripts.
    public static Path shellcheck() {
        return command("shellcheck");
    }

    private static Path command(String name) {
        installed();
        return Stream.concat(Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin"))
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " is not on the PATH"));
    }

    private static Path installed() {
        return Installation.FOLDER;
    }

    /// Runs the script when first touched, which the JVM does once; a failure is every caller's.
    private static final class Installation {
        static final Path FOLDER = install();

        private static Path install() {
            Path folder = Project.root().resolve("interop/target/clients");
            // The tests run in several processes, and the script is for one at a time.
            try (FileChannel file =
                            FileChannel.open(
                                    folder.resolveSibling("clients.lock"),
                                    StandardOpenOption.CREATE,
                                    StandardOpenOption.WRITE);
                    FileLock _ = file.lock()) {
                var outcome = Project.run(Map.of(), List.of(SCRIPT.toString(), folder.toString()));
                if (outcome.exitCode() != 0) {
                    throw new IllegalStateException(
                            "the clients could not be installed: " + outcome.err());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return folder;
        }
    }
}
