package io.polylog.protocol.nats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NatsReaderTest {
    private static final int MOST_PAYLOAD = 200_000;
    private static final int AT_ONCE = Integer.MAX_VALUE / 2;

    private static List<String> read(String bytes) {
        return Recorded.of(MOST_PAYLOAD, bytes, AT_ONCE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 1000})
    void commands_are_the_same_however_their_bytes_come(int step) {
        List<String> commands =
                Recorded.of(
                        MOST_PAYLOAD,
                        "CONNECT {\"verbose\":false}\r\n"
                                + "PING\r\nPONG\n"
                                + "sub a.* 1\r\n"
                                + "SUB\ta.>   workers\t2 \r\n"
                                + "PUB a.b 5\r\nhe\r\no\r\n"
                                + "Pub a.b _INBOX.1 0\r\n\r\n"
                                + "HPUB a.b 18 20\r\nNATS/1.0\r\nA: b\r\n\r\nhi\r\n"
                                + "HPUB a.b r 12 12\r\nNATS/1.0\r\n\r\n\r\n"
                                + "UNSUB 1\r\nUNSUB 2 10\r\nUNSUB 3 x\r\n"
                                + "INFO {}\r\n+OK\r\n",
                        step);

        assertThat(commands)
                .containsExactly(
                        "CONNECT {\"verbose\":false}",
                        "PING",
                        "PONG",
                        "SUB a.* null 1",
                        "SUB a.> workers 2",
                        "PUB a.b [] [] he\r\no",
                        "PUB a.b [_INBOX.1] [] ",
                        "HPUB a.b [] [NATS/1.0\r\nA: b\r\n\r\n] hi",
                        "HPUB a.b [r] [NATS/1.0\r\n\r\n] ",
                        "UNSUB 1 -1",
                        "UNSUB 2 10",
                        "UNSUB 3 -1");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 65_536, 99_999})
    void a_payload_of_many_reads_is_whole(int step) {
        String payload = "0123456789".repeat(15_000);

        assertThat(Recorded.of(MOST_PAYLOAD, "PUB a 150000\r\n" + payload + "\r\nPING\r\n", step))
                .containsExactly("PUB a [] [] " + payload, "PING");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HELLO\r\n",
                "\r\n",
                "\n",
                "G",
                "PUBX a 1\r\n",
                "PUB\r\n",
                "\u0000",
                "GET / HTTP/1.1",
                "MSG a 1 1\r\n",
                "PI\r\n",
                "PUB a 1\r\nabc",
                "PUB a 1\r\na\rb",
                "PUB a 0\r\nPING\r\n"
            })
    void what_is_no_operation_is_told_at_once(String bytes) {
        for (int step : new int[] {AT_ONCE, 1}) {
            assertThatThrownBy(() -> Recorded.of(MOST_PAYLOAD, bytes, step))
                    .isInstanceOfSatisfying(
                            NatsException.class,
                            e -> {
                                assertThat(e.text()).isEqualTo("Unknown Protocol Operation");
                                assertThat(e.isTold()).isTrue();
                            });
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PUB a\r\n",
                "PUB a b c 1\r\n",
                "PUB a -1\r\n",
                "PUB a 1x\r\n",
                "PUB a 9999999999\r\n",
                "PUB a 99999999999999999999999999\r\n",
                "HPUB a 1\r\n",
                "HPUB a 5 4\r\n",
                "HPUB a x 4\r\n",
                "HPUB a b c 1 2\r\n",
                "SUB a\r\n",
                "SUB a b c d\r\n",
                "UNSUB  \r\n",
                "UNSUB 1 2 3\r\n",
                "-ERR 'no'\r\n"
            })
    void arguments_that_are_none_end_the_connection_without_a_word(String bytes) {
        assertThatThrownBy(() -> read(bytes))
                .isInstanceOfSatisfying(NatsException.class, e -> assertThat(e.isTold()).isFalse());
    }

    @Test
    void a_payload_above_the_limit_is_refused_before_it_comes() {
        assertThatThrownBy(() -> read("PUB a 200001\r\n"))
                .isInstanceOf(NatsException.class)
                .hasMessage("Maximum Payload Violation");
    }

    @Test
    void a_line_may_have_4096_bytes_of_arguments_and_no_more() {
        String longest = "a".repeat(4094);
        assertThat(read("SUB " + longest + " 1\r\n")).containsExactly("SUB " + longest + " null 1");

        for (int step : new int[] {AT_ONCE, 100}) {
            assertThatThrownBy(() -> Recorded.of(MOST_PAYLOAD, "SUB a" + longest + " 1\r\n", step))
                    .isInstanceOf(NatsException.class)
                    .hasMessage("maximum control line exceeded");
            assertThatThrownBy(() -> Recorded.of(MOST_PAYLOAD, "SUB " + "a".repeat(9000), step))
                    .hasMessage("maximum control line exceeded");
        }
    }
}
