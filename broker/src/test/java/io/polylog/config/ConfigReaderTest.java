package io.polylog.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {
    @Test
    void anEmptyFileGivesTheDefaults() throws Exception {
        assertThat(new ConfigReader().toml("polylog.toml", "").read())
                .isEqualTo(ConfigReader.defaults());
    }

    @Test
    void theLaterSourceWins() throws Exception {
        Config config =
                new ConfigReader()
                        .toml("polylog.toml", "listen.ports = { kafka = 1, amqp = 1, http = 1 }")
                        .toml("conf.d/a.toml", "listen.ports = { amqp = 2, http = 2 }")
                        .environment(Map.of("POLYLOG_LISTEN_PORTS_HTTP", "3"))
                        .set("node.data_dir=/four")
                        .read();

        assertThat(config.listen().ports().get("kafka").port()).isEqualTo(new Port.At(1));
        assertThat(config.listen().ports().get("amqp").port()).isEqualTo(new Port.At(2));
        assertThat(config.listen().ports().get("http").port()).isEqualTo(new Port.At(3));
        assertThat(config.node().dataDir()).isEqualTo("/four");
    }

    @Test
    void theCommandLineWinsOverTheEnvironment() throws Exception {
        Config config =
                new ConfigReader()
                        .environment(Map.of("POLYLOG_LISTEN_PORTS_HTTP", "3"))
                        .set("listen.ports.http=4")
                        .read();

        assertThat(config.listen().ports().get("http").port()).isEqualTo(new Port.At(4));
    }

    @Test
    void aPortKnowsWhetherSomebodyAskedForIt() throws Exception {
        ListenSection listen = new ConfigReader().set("listen.ports.kafka=9092").read().listen();

        assertThat(listen.ports().get("kafka").explicit()).isTrue();
        assertThat(listen.ports().get("amqp").explicit()).isFalse();
    }

    @Test
    void aPortMayBeOffOrAnyFreeOne() throws Exception {
        ListenSection listen =
                new ConfigReader()
                        .toml("f", "[listen.ports]\nkafka = 0\namqp = \"auto\"")
                        .read()
                        .listen();

        assertThat(listen.ports().get("kafka").port()).isEqualTo(new Port.Off());
        assertThat(listen.ports().get("amqp").port()).isEqualTo(new Port.Auto());
    }

    @Test
    void anUnknownKeyIsToldWithItsPlaceAndTheNearestOne() {
        List<String> problems =
                problems(new ConfigReader().toml("p.toml", "\n[node]\n data_dri='x'"));

        assertThat(problems)
                .containsExactly(
                        "p.toml:3:2: unknown key node.data_dri; did you mean node.data_dir?");
    }

    @Test
    void anUnknownTableIsToldOnce() {
        List<String> problems = problems(new ConfigReader().toml("p.toml", "[zzzzzz]\na=1\nb=2"));

        assertThat(problems).containsExactly("p.toml:1:1: unknown key zzzzzz");
    }

    @Test
    void aTableWhereAValueBelongsIsRefused() {
        List<String> problems = problems(new ConfigReader().toml("p.toml", "[node.name]\na=1"));

        assertThat(problems)
                .containsExactly("p.toml:1:1: node.name must be a text, a number, true or false");
    }

    @Test
    void allProblemsOfAllSourcesAreToldAtOnce() {
        ConfigReader reader =
                new ConfigReader()
                        .toml("a.toml", "[node]\nnme = 'x'\n[limits]\nhandshake_size = 'banana'")
                        .toml("b.toml", "listen.ports.kafka = 70000")
                        .environment(Map.of("POLYLOG_LIMITS_HANDSHAKE_TIME", "10"))
                        .set("limits.connections=many")
                        .set("nothing");

        assertThat(problems(reader))
                .hasSize(6)
                .anySatisfy(p -> assertThat(p).startsWith("a.toml:2:1: unknown key node.nme"))
                .anySatisfy(p ->
                        assertThat(p)
                                .startsWith("a.toml:4:1: limits.handshake_size must be")
                                .endsWith("not \"banana\""))
                .anySatisfy(p -> assertThat(p).startsWith("b.toml:1:1: listen.ports.kafka must"))
                .anySatisfy(p ->
                        assertThat(p)
                                .startsWith("POLYLOG_LIMITS_HANDSHAKE_TIME: ")
                                .contains("with its unit"))
                .anySatisfy(p -> assertThat(p).startsWith("--set: limits.connections must be"))
                .anySatisfy(p -> assertThat(p).isEqualTo("--set nothing: write --set key=value"));
    }

    @Test
    void aSyntaxErrorIsToldWithItsPlace() {
        assertThat(problems(new ConfigReader().toml("p.toml", "[node]\nname = \n")))
                .singleElement()
                .asString()
                .startsWith("p.toml:2:8: ");
    }

    @Test
    void aRetiredKeySaysWhatToWriteInstead() {
        KeyNames names =
                new KeyNames(
                        Config.SETTINGS,
                        List.of(new Retired("node.folder", "write node.data_dir")));

        assertThat(problems(new ConfigReader(names).toml("p.toml", "node.folder = 'x'")))
                .containsExactly(
                        "p.toml:1:1: node.folder is no longer a setting: write node.data_dir");
    }

    @Test
    void aForeignVariableIsAWarningOnly() throws Exception {
        ConfigReader reader =
                new ConfigReader()
                        .environment(Map.of("POLYLOG_SERVICE_HOST", "10.0.0.1", "PATH", "/bin"));

        assertThat(reader.read()).isEqualTo(ConfigReader.defaults());
        assertThat(reader.warnings())
                .containsExactly("the variable POLYLOG_SERVICE_HOST sets nothing");
    }

    @Test
    void anotherAddressThanLoopbackNeedsCredentialsOrSayingSo() throws Exception {
        assertThat(problems(new ConfigReader().set("listen.host=0.0.0.0")))
                .singleElement()
                .asString()
                .contains("auth.unsafe-open = true")
                .contains("127.0.0.1");

        assertThat(
                        new ConfigReader()
                                .set("listen.host=0.0.0.0")
                                .set("auth.unsafe-open=true")
                                .read()
                                .listen()
                                .host())
                .isEqualTo("0.0.0.0");
    }

    @Test
    void loopbackHasManyNames() throws Exception {
        for (String host : List.of("localhost", "127.0.0.1", "127.8.9.1", "::1")) {
            assertThat(new ConfigReader().set("listen.host=" + host).read().listen().isLoopback())
                    .as(host)
                    .isTrue();
        }
    }

    private static List<String> problems(ConfigReader reader) {
        return catchThrowableOfType(ConfigException.class, reader::read).problems();
    }
}
