package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What goes over the wire, byte by byte, as nats-server has it.
class NatsProtocolTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker =
                RunningBroker.on(
                        folder.resolve("data"),
                        "listen.ports.kafka=0",
                        "limits.message_size=64KiB");
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @Test
    void the_first_word_is_the_servers() throws Exception {
        try (RawNats nats = RawNats.on(broker)) {
            assertThat(nats.info())
                    .contains("\"server_id\":\"", "\"proto\":1", "\"headers\":true")
                    .contains("\"max_payload\":65536", "\"client_id\":")
                    .doesNotContain("auth_required");
        }
    }

    @Test
    void who_need_not_log_in_may_leave_connect_out_and_is_answered() throws Exception {
        try (RawNats nats = RawNats.on(broker)) {
            nats.send("SUB a 1\r\nPUB a 2\r\nhi\r\nPUB a.* 1\r\nx\r\nSUB a..b 2\r\nUNSUB 9\r\n");

            assertThat(nats.untilPong())
                    .isEqualTo(
                            "+OK\n+OK\n-ERR 'Invalid Publish Subject'\n+OK\n"
                                    + "-ERR 'Invalid Subject'\n+OK\nMSG a 1 2\nhi\n");
        }
    }

    @Test
    void connect_decides_what_is_answered() throws Exception {
        try (RawNats nats = RawNats.on(broker)) {
            nats.send("CONNECT {\"verbose\":true,\"protocol\":1}\r\nSUB x 1\r\n");
            assertThat(nats.untilPong()).isEqualTo("+OK\n+OK\n");
            assertThat(nats.line()).startsWith("INFO {").contains("\"connect_info\":true");
            nats.send("CONNECT {\"verbose\":false,\"echo\":false,\"lang\":\"x\"}\r\n");
            nats.send("SUB x 1\r\nPUB x 1\r\na\r\n");
            assertThat(nats.untilPong()).isEmpty();
        }
    }

    @Test
    void messages_have_the_form_that_their_receiver_understands() throws Exception {
        try (RawNats plain = RawNats.connected(broker, "");
                RawNats headers = RawNats.connected(broker, ",\"headers\":true")) {
            plain.send("SUB f.> 17\r\n");
            plain.untilPong();
            headers.send("SUB f.* q s-1\r\n");
            headers.send("PUB f.a r 2\r\nhi\r\nHPUB f.b 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nyo\r\n");
            headers.send("HPUB f.c r 18 18\r\nNATS/1.0\r\nA: b\r\n\r\n\r\n");

            assertThat(headers.untilPong())
                    .isEqualTo(
                            "MSG f.a s-1 r 2\nhi\n"
                                    + "HMSG f.b s-1 18 20\nNATS/1.0\nA: b\n\nyo\n"
                                    + "HMSG f.c s-1 r 18 18\nNATS/1.0\nA: b\n\n\n");
            assertThat(plain.line()).isEqualTo("MSG f.a 17 r 2");
            assertThat(plain.line()).isEqualTo("hi");
            assertThat(plain.line()).isEqualTo("MSG f.b 17 2");
            assertThat(plain.line()).isEqualTo("yo");
            assertThat(plain.line()).isEqualTo("MSG f.c 17 r 0");
        }
    }

    @Test
    void who_asks_in_vain_is_told_with_503() throws Exception {
        try (RawNats nats = RawNats.connected(broker, ",\"headers\":true,\"no_responders\":true")) {
            nats.send("SUB _INBOX.a.* 3\r\nPUB no.one _INBOX.a.1 1\r\nx\r\nPUB no.one 1\r\nx\r\n");
            nats.send("PUB no.one elsewhere 1\r\nx\r\nSUB shared q 4\r\nSUB #.x 5\r\n");
            nats.send("PUB no.one shared 1\r\nx\r\nPUB no.one y.x 1\r\nx\r\n");

            assertThat(nats.untilPong())
                    .isEqualTo("HMSG _INBOX.a.1 3 38 38\nNATS/1.0 503\nNats-Subject: no.one\n\n\n");
        }
    }

    @Test
    void a_ping_is_answered_after_what_was_to_come_before() throws Exception {
        int many = 320;
        String large = "PUB backlog 62000\r\n" + "x".repeat(62_000) + "\r\n";
        try (RawNats nats = RawNats.connected(broker, "")) {
            nats.send("SUB backlog 1\r\n");
            for (int i = 0; i < many; i++) {
                nats.send(large); // more than sockets hold: some of it waits in the broker
            }
            assertThat(nats.untilPong().split("MSG backlog 1 62000\n", -1)).hasSize(many + 1);
        }
    }

    @Test
    void a_second_subscription_of_an_id_changes_nothing() throws Exception {
        try (RawNats nats = RawNats.connected(broker, "")) {
            nats.send("SUB d.a 1\r\nSUB d.b 1\r\nPUB d.b 1\r\nb\r\nPUB d.a 1\r\na\r\n");
            assertThat(nats.untilPong()).isEqualTo("MSG d.a 1 1\na\n");
            nats.send("UNSUB 1 2\r\nPUB d.a 1\r\nb\r\n");
            assertThat(nats.untilPong()).isEqualTo("MSG d.a 1 1\nb\n");
            nats.send("PUB d.a 1\r\nc\r\n");
            assertThat(nats.untilPong()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HELLO, Unknown Protocol Operation",
        "'PUB a 1\r\nxyz', Unknown Protocol Operation",
        "'PUB a 65537\r\n', Maximum Payload Violation",
        "'PUB a 999999999\r\n', Maximum Payload Violation",
        "'PUB a\r\n', ''",
        "'PUB a -5\r\n', ''",
        "'SUB\ta\r\n', ''",
        "'CONNECT {\"verbose\":\r\n', ''",
        "'CONNECT {\"verbose\":1}\r\n', ''",
        "'CONNECT []\r\n', ''",
        "'CONNECT {\"protocol\":2}\r\n', invalid client protocol",
        "'CONNECT {\"user\":\"nowhere:me\"}\r\n', Authorization Violation",
        "'CONNECT {\"no_responders\":true}\r\n', no responders requires headers support",
        "'HPUB a 12 12\r\nNATS/1.0\r\n\r\n\r\n', ''"
    })
    void what_is_wrong_ends_the_connection_in_nats_own_words(String bytes, String error)
            throws Exception {
        try (RawNats listener = RawNats.connected(broker, "");
                RawNats nats = RawNats.connected(broker, "")) {
            listener.send("SUB before 1\r\n");
            listener.untilPong();
            nats.send("PUB before 4\r\nkept\r\n" + bytes);

            assertThat(nats.line()).isEqualTo(error.isEmpty() ? "" : "-ERR '" + error + "'");
            assertThat(nats.isClosed()).isTrue();
            assertThat(listener.line()).isEqualTo("MSG before 1 4");
        }
    }

    @Test
    void a_line_without_an_end_is_cut() throws Exception {
        try (RawNats nats = RawNats.connected(broker, "")) {
            nats.send("SUB " + "a".repeat(5000));
            assertThat(nats.line()).isEqualTo("-ERR 'maximum control line exceeded'");
            assertThat(nats.isClosed()).isTrue();
        }
    }

    @Test
    void subjects_of_thousands_of_tokens_hurt_nobody() throws Exception {
        String deep = "a.".repeat(2000);
        try (RawNats nats = RawNats.connected(broker, "")) {
            nats.send("SUB " + "*.".repeat(2000) + "> 1\r\nSUB " + deep + "> 2\r\n");
            nats.send("PUB " + deep + "b 1\r\nx\r\nUNSUB 1\r\nUNSUB 2\r\n");
            assertThat(nats.untilPong()).contains("b 1 1\nx\n", "b 2 1\nx\n");
        }
    }
}
