package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.protocol.TranslationTable;
import io.polylog.protocol.TranslationTable.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of NATS' tables in `docs/translation.md` holds, in each direction it states.
class NatsTranslationTest {
    private static final String HEADER = "header ";
    private static final byte[] BODY = {1, 2, 3};

    private static Stream<Row> fields() throws IOException {
        return TranslationTable.rows("NATS", "| NATS | for example");
    }

    static Stream<Row> fieldsToNeutral() throws IOException {
        return fields().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return fields().filter(Row::fromNeutral);
    }

    static Stream<List<String>> values() throws IOException {
        return TranslationTable.cells("NATS", "| NATS header");
    }

    static Stream<List<String>> subjects() throws IOException {
        return TranslationTable.cells("NATS", "| NATS subject");
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(fields()).hasSizeGreaterThan(15);
        assertThat(values()).hasSizeGreaterThan(10);
        assertThat(subjects()).hasSizeGreaterThan(4);
    }

    // Fields -------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("fieldsToNeutral")
    void a_nats_field_becomes_the_neutral_one(Row row) {
        Message message = new NatsMapping().open(stored(row)).getFirst();
        assertThat(row.of(message)).isEqualTo(row.becomes());
        if (!row.isHeader()) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static ByteBuffer stored(Row row) {
        NatsHeaders headers = new NatsHeaders();
        if (row.field().startsWith(HEADER)) {
            headers.add(TranslationTable.headerName(row.field()), row.example());
        }
        byte[] block = headers.block();
        if (row.field().equals("status")) {
            block = ("NATS/1.0 " + row.example() + "\r\n\r\n").getBytes(UTF_8);
        }
        byte[] payload = row.field().equals("payload") ? row.example().getBytes(UTF_8) : BODY;
        return NatsContent.of(
                row.field().equals("subject") ? row.example() : "s",
                row.field().equals("reply subject") ? row.example() : "",
                block,
                ByteBuffer.wrap(payload));
    }

    @ParameterizedTest
    @MethodSource("fieldsFromNeutral")
    void a_neutral_field_becomes_the_nats_one(Row row) {
        NatsContent content = sent(row.message(BODY));
        assertThat(natsValue(content, row.field())).isEqualTo(row.example());
    }

    /// Through a frame, as a client gets it.
    private static NatsContent sent(Message message) {
        NatsContent content = NatsContent.wrap(NatsMapping.stored(message, "fallback"));
        ByteBuf frame = Unpooled.buffer();
        new MessageWriter(true, new Traffic()).write(frame, content, new byte[] {'1'});
        assertThat(frame.readableBytes()).isGreaterThan(content.payloadLength());
        return content;
    }

    private static String natsValue(NatsContent content, String field) {
        return switch (field) {
            case "subject" -> content.subject();
            case "payload" -> UTF_8.decode(content.payload()).toString();
            case "reply subject" -> content.reply();
            default -> {
                NatsHeaders.Field header = fields(content).getFirst();
                assertThat(HEADER + header.name()).isEqualTo(field);
                yield header.value();
            }
        };
    }

    private static List<NatsHeaders.Field> fields(NatsContent content) {
        return NatsHeaders.read(content.headers()).fields();
    }

    // Values of headers --------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("values")
    void a_header_value_becomes_text(List<String> cells) {
        Header header = new Header("h", TranslationTable.value(cells.get(3), cells.get(4)));
        Message message = new Message("", null, Message.Properties.NONE, List.of(header), null);
        assertThat(fields(sent(message))).contains(new NatsHeaders.Field("h", cells.get(1)));
    }

    // Subjects -----------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("subjects")
    void a_subject_is_the_one_that_the_table_says(List<String> cells) {
        String neutral = cells.get(2).replace("SPACE", " ");
        assertThat(NatsSubjects.neutral(cells.get(1))).isEqualTo(neutral);
        assertThat(NatsSubjects.subject(neutral)).isEqualTo(cells.get(1));
    }

    // Beside the tables --------------------------------------------------------------------------

    @Test
    void headers_keep_their_order_and_may_repeat() {
        NatsHeaders headers = new NatsHeaders();
        List.of("2", "1", "3").forEach(value -> headers.add("A", value));
        ByteBuffer stored = NatsContent.of("s", "", headers.block(), ByteBuffer.allocate(0));

        Message message = new NatsMapping().open(stored).getFirst();
        assertThat(message.headers())
                .containsExactly(new Header("A", "2"), new Header("A", "1"), new Header("A", "3"));
        assertThat(fields(sent(message))).isEqualTo(headers.fields());
    }

    @Test
    void names_of_fields_are_the_same_in_any_case() {
        NatsHeaders headers = new NatsHeaders();
        headers.add("content-type", "a/b");
        headers.add("Content-Type", "c/d");
        ByteBuffer stored = NatsContent.of("s", "", headers.block(), ByteBuffer.allocate(0));

        Message message = new NatsMapping().open(stored).getFirst();
        assertThat(message.properties().contentType()).isEqualTo("a/b");
        assertThat(message.headers()).containsExactly(new Header("Content-Type", "c/d"));
    }

    @Test
    void an_entry_that_is_deleted_has_no_value() {
        for (String operation : List.of("DEL", "PURGE")) {
            NatsHeaders headers = new NatsHeaders();
            headers.add("KV-Operation", operation);
            byte[] block = headers.block();
            ByteBuffer stored = NatsContent.of("$KV.b.k", "", block, ByteBuffer.allocate(0));

            Message message = new NatsMapping().open(stored).getFirst();
            assertThat(message.body()).isNull();
            assertThat(message.key()).asString(UTF_8).isEqualTo("k");
            assertThat(fields(sent(message)))
                    .contains(new NatsHeaders.Field("KV-Operation", operation))
                    .doesNotContain(new NatsHeaders.Field("Tombstone", "true"));
            ByteBuffer elsewhere = NatsContent.of("b.k", "", block, ByteBuffer.allocate(0));
            assertThat(new NatsMapping().open(elsewhere).getFirst().body()).isNotNull();
        }
    }

    @Test
    void an_entry_whose_time_is_over_has_no_value() {
        NatsHeaders headers = new NatsHeaders();
        headers.add("Nats-Marker-Reason", "MaxAge");
        ByteBuffer stored = NatsContent.of("$KV.b.k", "", headers.block(), ByteBuffer.allocate(0));

        assertThat(new NatsMapping().open(stored).getFirst().body()).isNull();
    }

    @Test
    void no_value_of_an_entry_is_its_end() {
        Message gone = new Message("$KV.b.k", null, Message.Properties.NONE, List.of(), null);

        assertThat(fields(sent(gone)))
                .containsExactly(new NatsHeaders.Field("KV-Operation", "DEL"));
    }

    @Test
    void a_header_that_nats_cannot_say_is_left_out() {
        List<Header> headers =
                List.of(new Header("", "1"), new Header("c", "two\nlines"), new Header("d", "4"));
        Message message = new Message("s", null, Message.Properties.NONE, headers, null);

        assertThat(fields(sent(message)))
                .containsExactly(
                        new NatsHeaders.Field("Tombstone", "true"),
                        new NatsHeaders.Field("d", "4"));
    }
}
