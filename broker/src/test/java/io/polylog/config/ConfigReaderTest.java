package io.polylog.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigReaderTest {
    @Test
    void an_empty_file_gives_the_defaults() throws Exception {
        assertThat(new ConfigReader().toml("polylog.toml", "").read())
                .isEqualTo(ConfigReader.defaults());
    }

    @Test
    void the_later_source_wins() throws Exception {
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
    void the_command_line_wins_over_the_environment() throws Exception {
        Config config =
                new ConfigReader()
                        .environment(Map.of("POLYLOG_LISTEN_PORTS_HTTP", "3"))
                        .set("listen.ports.http=4")
                        .read();

        assertThat(config.listen().ports().get("http").port()).isEqualTo(new Port.At(4));
    }

    @Test
    void a_port_knows_whether_somebody_asked_for_it() throws Exception {
        ListenSection listen = new ConfigReader().set("listen.ports.kafka=9092").read().listen();

        assertThat(listen.ports().get("kafka").explicit()).isTrue();
        assertThat(listen.ports().get("amqp").explicit()).isFalse();
    }

    @Test
    void a_port_may_be_off_or_any_free_one() throws Exception {
        ListenSection listen =
                new ConfigReader()
                        .toml("f", "[listen.ports]\nkafka = 0\namqp = \"auto\"")
                        .read()
                        .listen();

        assertThat(listen.ports().get("kafka").port()).isEqualTo(new Port.Off());
        assertThat(listen.ports().get("amqp").port()).isEqualTo(new Port.Auto());
    }

    @Test
    void an_unknown_key_is_told_with_its_place_and_the_nearest_one() {
        List<String> problems =
                problems(new ConfigReader().toml("p.toml", "\n[node]\n data_dri='x'"));

        assertThat(problems)
                .containsExactly(
                        "p.toml:3:2: unknown key node.data_dri; did you mean node.data_dir?");
    }

    @Test
    void an_unknown_table_is_told_once() {
        List<String> problems = problems(new ConfigReader().toml("p.toml", "[zzzzzz]\na=1\nb=2"));

        assertThat(problems).containsExactly("p.toml:1:1: unknown key zzzzzz");
    }

    @Test
    void a_table_where_a_value_belongs_is_refused() {
        List<String> problems = problems(new ConfigReader().toml("p.toml", "[node.name]\na=1"));

        assertThat(problems)
                .containsExactly("p.toml:1:1: node.name must be a text, a number, true or false");
    }

    @Test
    void all_problems_of_all_sources_are_told_at_once() {
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
    void a_syntax_error_is_told_with_its_place() {
        assertThat(problems(new ConfigReader().toml("p.toml", "[node]\nname = \n")))
                .singleElement()
                .asString()
                .startsWith("p.toml:2:8: ");
    }

    @Test
    void a_retired_key_says_what_to_write_instead() {
        KeyNames names =
                new KeyNames(
                        Config.SETTINGS,
                        List.of(new Retired("node.folder", "write node.data_dir")));

        assertThat(problems(new ConfigReader(names).toml("p.toml", "node.folder = 'x'")))
                .containsExactly(
                        "p.toml:1:1: node.folder is no longer a setting: write node.data_dir");
    }

    @Test
    void a_foreign_variable_is_a_warning_only() throws Exception {
        ConfigReader reader =
                new ConfigReader()
                        .environment(Map.of("POLYLOG_SERVICE_HOST", "10.0.0.1", "PATH", "/bin"));

        assertThat(reader.read()).isEqualTo(ConfigReader.defaults());
        assertThat(reader.warnings())
                .containsExactly("the variable POLYLOG_SERVICE_HOST sets nothing");
    }

    private static final String HASH = "pbkdf2_sha256$10000$salt$" + "A".repeat(43) + "=";

    @Test
    void users_have_any_name_and_no_password_that_can_be_read() throws Exception {
        Config config =
                new ConfigReader()
                        .toml(
                                "p.toml",
                                "[auth.users]\nguest = '" + HASH + "'\n\"a.b\" = '" + HASH + "'")
                        .set("auth.users.Ann=" + HASH)
                        .set("listen.host=0.0.0.0")
                        .read();
        assertThat(config.auth().users()).containsOnlyKeys("guest", "a.b", "Ann");

        assertThat(problems(new ConfigReader().toml("p.toml", "[auth.users]\nguest = 'secret'")))
                .containsExactly(
                        "p.toml:2:1: auth.users.guest must be a hash:"
                                + " `pbkdf2_sha256$ITERATIONS$SALT$HASH`");
        assertThat(problems(new ConfigReader().set("auth.users.*=" + HASH)))
                .singleElement()
                .asString()
                .contains("unknown key auth.users.*");
    }

    @Test
    void permissions_are_regular_expressions_by_operation_of_a_user_or_of_everybody()
            throws Exception {
        Config config =
                new ConfigReader()
                        .toml(
                                "p.toml",
                                "[auth.permissions]\n\"*\" = 'read=^(?!secret)'\n"
                                        + "ann = ' configure=  write=a=b '")
                        .read();
        assertThat(config.auth().permissions())
                .isEqualTo(
                        Map.of(
                                "*", Map.of("read", "^(?!secret)"),
                                "ann", Map.of("configure", "", "write", "a=b")));

        for (String wrong : List.of("read", "read=(", "read=a read=b", "own=.*", "=")) {
            assertThat(problems(new ConfigReader().set("auth.permissions.ann=" + wrong)))
                    .containsExactly(
                            "--set: auth.permissions.ann must be `configure=REGEX write=REGEX"
                                    + " read=REGEX`, each of them at most once, not \""
                                    + wrong
                                    + "\"");
        }
    }

    @Test
    void with_users_a_port_without_a_login_cannot_be_asked_for() {
        assertThat(
                        problems(
                                new ConfigReader()
                                        .set("auth.users.ann=" + HASH)
                                        .set("listen.ports.kafka=9092")))
                .containsExactly(
                        "--set: listen.ports.kafka must be 0 beside auth.users: Kafka's protocol"
                                + " has no login yet");
    }

    @Test
    void another_address_than_loopback_needs_credentials_or_saying_so() throws Exception {
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
    void loopback_has_many_names() throws Exception {
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
