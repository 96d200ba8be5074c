package io.polylog.interop.mqtt;

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
class PackagedMqttClientsTest {
    private static final Path SCRIPTS =
            Project.root().resolve("interop/src/test/resources/clients");

    @TempDir private Path folder;

    @Test
    void paho_mqtt_of_python() throws Exception {
        String script = SCRIPTS.resolve("mqtt_py.py").toString();
        run("mqtt", Map.of(), List.of(ClientPackages.python().toString(), script));
    }

    @Test
    void mqtt_js_over_websocket() throws Exception {
        String modules = ClientPackages.nodeFolder().resolve("node_modules").toString();
        String script = SCRIPTS.resolve("mqtt_js.js").toString();
        run(
                "mqtt_ws",
                Map.of("NODE_PATH", modules),
                List.of(ClientPackages.node().toString(), script));
    }

    @Test
    void mosquitto_pub_and_sub() throws Exception {
        try (RunningBroker broker = RunningBroker.on(folder.resolve("data"))) {
            String port = Integer.toString(broker.port("mqtt"));
            String pub = ClientPackages.mosquitto("pub").toString();
            String sub = ClientPackages.mosquitto("sub").toString();
            List<String> session =
                    List.of(sub, "-p", port, "-i", "keeper", "-c", "-q", "2", "-t", "m/+", "-v");
            assertThat(run(session, "-E").exitCode()).isZero();
            for (String qos : List.of("1", "2")) {
                List<String> command =
                        List.of(pub, "-p", port, "-q", qos, "-t", "m/" + qos, "-m", "qos " + qos);
                assertThat(run(command).exitCode()).isZero();
            }
            List<String> retain = List.of(pub, "-p", port, "-r", "-t", "kept", "-m", "last word");
            assertThat(run(retain).exitCode()).isZero();

            assertThat(run(session, "-C", "2", "-W", "20").out())
                    .isEqualTo("m/1 qos 1\nm/2 qos 2\n");
            List<String> five = List.of(sub, "-V", "mqttv5", "-p", port, "-t", "kept");
            assertThat(run(five, "-C", "1", "-W", "20").out()).isEqualTo("last word\n");
        }
    }

    private static Outcome run(List<String> command, String... more) {
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of(more));
        return Project.run(Map.of(), all);
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
