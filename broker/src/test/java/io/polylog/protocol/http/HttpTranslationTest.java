package io.polylog.protocol.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.TranslationTable;
import io.polylog.protocol.TranslationTable.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every row of HTTP's tables in `docs/translation.md` holds, in each direction it states.
class HttpTranslationTest {
    private static final byte[] BODY = {'a', 'b'};
    private static final JsonMapper JSON = new JsonMapper();

    static Stream<Row> toNeutral() throws IOException {
        return TranslationTable.rows("HTTP", "| HTTP |").filter(Row::toNeutral);
    }

    static Stream<Row> fromNeutral() throws IOException {
        return TranslationTable.rows("HTTP", "| HTTP |").filter(Row::fromNeutral);
    }

    static Stream<List<String>> values() throws IOException {
        return TranslationTable.cells("HTTP", "| JSON |");
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(toNeutral()).hasSizeGreaterThan(15);
        assertThat(fromNeutral()).hasSizeGreaterThan(15);
        assertThat(values()).hasSizeGreaterThan(12);
    }

    private static Message sent(Map<String, Object> members) {
        Said said = Json.asked(JSON.writeValueAsBytes(members), Said.class);
        String subject = said.subject() == null ? "" : said.subject();
        Message message = said.message(subject, said.payload());
        return new HttpMapping().open(HttpContent.of(message)).getFirst();
    }

    private static Object value(Row row) {
        String name = row.field();
        return switch (name) {
            case "timestampMs", "timeToLiveMs", "priority" -> Long.valueOf(row.example());
            case "tombstone" -> true;
            default -> row.example();
        };
    }

    private static JsonNode shown(Message message) {
        return JSON.readTree(Json.bytes(Said.of(message)));
    }

    @ParameterizedTest
    @MethodSource("toNeutral")
    void a_member_becomes_the_neutral_field(Row row) {
        boolean none = row.neutral().equals("no value");
        String name = row.isHeader() ? "headers" : row.field();
        Object said = row.isHeader() ? Map.of(row.field().substring(7), row.example()) : value(row);

        Message message = sent(none ? Map.of(name, said) : Map.of(name, said, "body", "ab"));

        assertThat(row.of(message)).isEqualTo(row.becomes());
        assertThat(message.body()).isEqualTo(none ? null : ByteBuffer.wrap(BODY));
    }

    @ParameterizedTest
    @MethodSource("fromNeutral")
    void a_neutral_field_becomes_the_member(Row row) {
        JsonNode shown = shown(row.message(BODY));

        JsonNode member =
                row.isHeader()
                        ? shown.get("headers").get(row.field().substring(7))
                        : shown.get(row.field());
        assertThat(member.asString()).isEqualTo(row.example());
        assertThat(shown.has("body")).isEqualTo(!row.neutral().equals("no value"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void a_value_of_a_header_is_what_json_has_for_it(List<String> row) {
        Object neutral = TranslationTable.value(row.get(3), row.get(4));
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(new Header("v", neutral)),
                        ByteBuffer.wrap(BODY));

        assertThat(shown(message).get("headers").get("v")).hasToString(row.get(1));
        if (row.get(2).equals("=")) {
            Message stored = new HttpMapping().open(HttpContent.of(message)).getFirst();
            assertThat(stored.headers()).isEqualTo(message.headers());
        }
    }

    @Test
    void bytes_that_are_no_text_are_base64() {
        byte[] binary = {0, -1};
        Message message =
                new Message("", binary, Properties.NONE, List.of(), ByteBuffer.wrap(binary));

        assertThat(shown(message)).hasToString("{\"keyBase64\":\"AP8=\",\"bodyBase64\":\"AP8=\"}");
        Message stored = new HttpMapping().open(HttpContent.of(message)).getFirst();
        assertThat(stored.key()).isEqualTo(binary);
        assertThat(stored.body()).isEqualTo(ByteBuffer.wrap(binary));
    }

    @Test
    void bytes_that_hold_no_message_are_refused() {
        byte[][] all = {{}, {1, 0, 0, 0}, {2, 0, 0, 0, 0}, {1, 127, 0, 0, 0}, {1, 0, 0, 0, 0}};
        for (byte[] bytes : all) {
            assertThatThrownBy(() -> new HttpMapping().open(ByteBuffer.wrap(bytes)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        byte[] nothing = {1, 0, 0, 0, 4, 'n', 'u', 'l', 'l'};
        assertThatThrownBy(() -> new HttpMapping().open(ByteBuffer.wrap(nothing)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
