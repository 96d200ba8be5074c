package io.polylog.interop;

import io.polylog.config.ConfigReader;
import io.polylog.server.Server;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/// The whole broker inside the test's process, on its own data directory and free ports. One thread
/// at a time.
public final class RunningBroker implements AutoCloseable {
    /// The setting of a user, ann, whose password is guest.
    public static final String ANN =
            "auth.users.ann=pbkdf2_sha256$10000$suite$olgauxdjmq87O4q4EcxIoobwuoSb9gjCbWY1Ta5XGOA=";

    private final Path data;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<String> settings;
    private Server server;

    private RunningBroker(Path data, int kafkaPort, String... settings) throws Exception {
        this.data = data;
        this.settings = List.of(settings);
        server = start(kafkaPort);
    }

    public static RunningBroker on(Path data) throws Exception {
        return on(data, 0);
    }

    /// Starts it with further settings, each `key=value`.
    public static RunningBroker on(Path data, String... settings) throws Exception {
        return new RunningBroker(data, 0, settings);
    }

    /// Starts it with a port of its own for Kafka.
    ///
    /// @param kafkaPort 0 for a free one
    public static RunningBroker on(Path data, int kafkaPort) throws Exception {
        return new RunningBroker(data, kafkaPort);
    }

    private Server start(int kafkaPort) throws Exception {
        String kafka = kafkaPort == 0 ? "auto" : Integer.toString(kafkaPort);
        ConfigReader reader =
                new ConfigReader()
                        .set("node.data_dir=" + data)
                        .set("listen.ports.kafka=" + kafka)
                        .set("listen.ports.amqp=auto")
                        .set("listen.ports.stomp=auto")
                        .set("listen.ports.stomp_ws=auto")
                        .set("listen.ports.mqtt=auto")
                        .set("listen.ports.mqtt_ws=auto")
                        .set("listen.ports.nats=auto")
                        .set("listen.ports.nats_ws=auto")
                        .set("listen.ports.http=0");
        settings.forEach(reader::set);
        return Server.start(reader.read(), failure::set);
    }

    /// Ends it and starts it again on the same data; ports may be others.
    public void restart() throws Exception {
        server.close();
        server = start(0);
    }

    /// What `./polylog` says that is told to administer it.
    ///
    /// @param environment of the command, beside what it has anyhow
    public Project.Outcome administer(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Project.root().resolve("polylog").toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("--server", "http://" + address("http")));
        return Project.run(environment, command);
    }

    public int port(String protocol) {
        return server.addresses().port(protocol);
    }

    /// `host:port` of a protocol.
    public String address(String protocol) {
        return "127.0.0.1:" + port(protocol);
    }

    /// Where Kafka's clients start.
    public Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", address("kafka"));
    }

    @Override
    public void close() {
        server.close();
        if (failure.get() != null) {
            throw new AssertionError("the broker failed", failure.get());
        }
    }
}
