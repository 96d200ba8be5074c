package io.polylog.interop.nats;

import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.interop.RunningBroker;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// JetStream's requests, byte for byte.
class StrictJsonTest {
    @TempDir private static Path folder;
    private static RunningBroker broker;

    @BeforeAll
    static void startBroker() throws Exception {
        broker = RunningBroker.on(folder.resolve("data"));
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    /// What is answered to a request.
    private static String ask(String subject, String payload) throws Exception {
        try (RawNats nats = RawNats.connected(broker, ",\"headers\":true,\"no_responders\":true")) {
            nats.send("SUB _INBOX.1 1\r\n");
            nats.send(
                    "PUB $JS.API.%s _INBOX.1 %d\r\n%s\r\n"
                            .formatted(subject, payload.length(), payload));
            assertThat(nats.line()).startsWith("MSG _INBOX.1 1 ");
            return nats.line();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "STREAM.CREATE.S|{\"name\":\"S\",\"strange\":1}|10025"
                        + "|invalid JSON: json: unknown field \\\"strange\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"max_msgs\":\"x\"}|10025|invalid JSON: json:"
                    + " cannot unmarshal string into Go struct field StreamConfig.max_msgs of type"
                    + " int64",
                "STREAM.CREATE.S|{\"name\":\"S\"|10025"
                        + "|invalid JSON: unexpected end of JSON input at offset 11",
                "STREAM.CREATE.S|{\"name\":\"T\"}|10056|stream name in subject does not match"
                        + " request",
                "STREAM.CREATE.S|{\"name\":\"S\",\"num_replicas\":3}|10074"
                        + "|replicas > 1 not supported in non-clustered mode",
                "STREAM.CREATE.S|{\"name\":\"S\",\"subjects\":[\"s\"],\"mirror\":{\"name\":\"T\"}}"
                        + "|10034|stream mirrors can not contain subjects",
                "STREAM.CREATE.S|{\"name\":\"S\",\"mirror\":{\"nam\":\"T\"}}|10025"
                        + "|invalid JSON: json: unknown field \\\"nam\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"mirror\":{\"name\":\"T\",\"subject_transforms\":"
                        + "[{\"src\":\"a\",\"dst\":\"b\"}]}}|10025"
                        + "|invalid JSON: json: unknown field \\\"dst\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"subject_transform\":{\"source\":\"a\"}}|10025"
                        + "|invalid JSON: json: unknown field \\\"source\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"republish\":{\"dst\":\"a\"}}|10025"
                        + "|invalid JSON: json: unknown field \\\"dst\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"placement\":{\"where\":\"a\"}}|10025"
                        + "|invalid JSON: json: unknown field \\\"where\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"placement\":{\"tags\":\"a\"}}|10025"
                        + "|invalid JSON: json: cannot unmarshal string into Go struct field"
                        + " Placement.tags of type []string",
                "STREAM.CREATE.S|{\"name\":\"S\",\"placement\":{\"preferred\":\"a\"}}|10052"
                        + "|preferred server not permitted in placement",
                "STREAM.CREATE.S|{\"name\":\"S\",\"consumer_limits\":{\"x\":1}}|10025"
                        + "|invalid JSON: json: unknown field \\\"x\\\"",
                "STREAM.CREATE.S|{\"name\":\"S\",\"subjects\":[\">\"]}|10052"
                        + "|capturing all subjects requires no-ack to be true",
                "STREAM.CREATE.S|{\"name\":\"S\",\"subjects\":[\"a.*\",\"a.b\"]}|10052"
                        + "|subject \\\"a.b\\\" overlaps with \\\"a.*\\\"",
                "STREAM.INFO.NONE||10059|stream not found",
                "STREAM.INFO.||10059|stream not found",
                "STREAM.DELETE.NONE|{\"a\":1}|10038|expected an empty request payload",
                "STREAM.NAMES|{\"ofset\":1}|10025|invalid JSON: json: unknown field \\\"ofset\\\"",
                "STREAM.STRANGE||10003|bad request"
            })
    void what_is_wrong_is_said_in_the_servers_words(
            String subject, String payload, int number, String words) throws Exception {
        assertThat(ask(subject, payload == null ? "" : payload))
                .contains("\"err_code\":" + number)
                .contains("\"description\":\"" + words + "\"");
    }

    @Test
    void names_of_members_match_in_any_case_and_null_is_nothing() throws Exception {
        String made =
                ask("STREAM.CREATE.S", "{\"Name\":\"S\",\"SUBJECTS\":[\"s.>\"],\"mirror\":null}");

        assertThat(made)
                .startsWith("{\"type\":\"io.nats.jetstream.api.v1.stream_create_response\"")
                .contains("\"subjects\":[\"s.>\"]")
                .contains("\"max_msgs\":-1")
                .contains("\"first_ts\":\"0001-01-01T00:00:00Z\"")
                .contains("\"_nats.level\":\"2\"")
                .contains("\"did_create\":true");
        assertThat(ask("STREAM.DELETE.S", "")).contains("\"success\":true");
    }

    @ParameterizedTest
    @CsvSource({"2, false", "3, true", "x, true", "'', false"})
    void a_request_may_require_a_level_of_the_interface(String level, boolean refused)
            throws Exception {
        String headers = "NATS/1.0\r\nNats-Required-Api-Level: " + level + "\r\n\r\n";
        try (RawNats nats = RawNats.connected(broker, ",\"headers\":true")) {
            nats.send("SUB _INBOX.1 1\r\n");
            for (String subject : List.of("INFO", "STREAM.NAMES", "STREAM.INFO.NONE")) {
                nats.send(
                        "HPUB $JS.API.%s _INBOX.1 %d %d\r\n%s\r\n"
                                .formatted(subject, headers.length(), headers.length(), headers));
                assertThat(nats.line()).startsWith("MSG _INBOX.1 1 ");
                String answer = nats.line();
                assertThat(answer.contains("\"err_code\":10185")).isEqualTo(refused);
                if (refused) {
                    assertThat(answer)
                            .contains("\"code\":412", "JetStream minimum api level required");
                }
            }
        }
    }

    @Test
    void info_says_what_there_is() throws Exception {
        try (RawNats nats = RawNats.on(broker)) {
            assertThat(nats.info()).contains("\"jetstream\":true").contains("\"api_lvl\":2");
        }
        assertThat(ask("INFO", ""))
                .startsWith("{\"type\":\"io.nats.jetstream.api.v1.account_info_response\"")
                .contains("\"max_memory\":-1")
                .contains("\"level\":2");
    }
}
