package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.message.Header;
import io.polylog.message.Message;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of NATS' tables in `docs/translation.md` holds, in each direction it states.
class NatsTranslationTest {
    private static final String HEADER = "header ";
    private static final byte[] BODY = {1, 2, 3};

    /// @param nats part of a message
    record Row(String nats, String example, String direction, String neutral, String becomes) {
        boolean toNeutral() {
            return direction.equals("=") || direction.equals("→");
        }

        boolean fromNeutral() {
            return direction.equals("=") || direction.equals("←");
        }
    }

    private static Stream<List<String>> table(String heading) throws IOException {
        Path doc = Path.of("docs/translation.md");
        String text = Files.readString(Files.exists(doc) ? doc : Path.of("..").resolve(doc));
        return text.lines()
                .dropWhile(line -> !line.equals("## NATS"))
                .dropWhile(line -> !line.startsWith(heading))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList());
    }

    private static Stream<Row> fields() throws IOException {
        return table("| NATS | for example")
                .map(c -> new Row(c.get(1), c.get(2), c.get(3), c.get(4), c.get(5)));
    }

    static Stream<Row> fieldsToNeutral() throws IOException {
        return fields().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return fields().filter(Row::fromNeutral);
    }

    static Stream<List<String>> values() throws IOException {
        return table("| NATS header");
    }

    static Stream<List<String>> subjects() throws IOException {
        return table("| NATS subject");
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
        assertThat(neutralValue(message, row.neutral)).isEqualTo(row.becomes);
        if (!row.neutral.startsWith(HEADER)) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static ByteBuffer stored(Row row) {
        NatsHeaders headers = new NatsHeaders();
        if (row.nats.startsWith(HEADER)) {
            headers.add(row.nats.substring(HEADER.length()), row.example);
        }
        byte[] block = headers.block();
        if (row.nats.equals("status")) {
            block = ("NATS/1.0 " + row.example + "\r\n\r\n").getBytes(UTF_8);
        }
        byte[] payload = row.nats.equals("payload") ? row.example.getBytes(UTF_8) : BODY;
        return NatsContent.of(
                row.nats.equals("subject") ? row.example : "s",
                row.nats.equals("reply subject") ? row.example : "",
                block,
                ByteBuffer.wrap(payload));
    }

    private static String neutralValue(Message message, String field) {
        Message.Properties known = message.properties();
        return switch (field) {
            case "subject" -> message.subject();
            case "key" -> new String(Objects.requireNonNull(message.key()), UTF_8);
            case "body" -> UTF_8.decode(message.body().duplicate()).toString();
            case "no value" -> String.valueOf(message.body() == null);
            case "contentType" -> known.contentType();
            case "contentEncoding" -> known.contentEncoding();
            case "correlationId" -> known.correlationId();
            case "replyTo" -> known.replyTo();
            case "messageId" -> known.messageId();
            case "type" -> known.type();
            case "userId" -> known.userId();
            case "appId" -> known.appId();
            case "priority" -> Integer.toString(known.priority());
            case "timeToLiveMs" -> Long.toString(known.timeToLiveMs());
            case "timestampMs" -> Long.toString(known.timestampMs());
            default -> {
                Header header = message.headers().getFirst();
                assertThat(HEADER + header.name()).isEqualTo(field);
                yield String.valueOf(header.value());
            }
        };
    }

    @ParameterizedTest
    @MethodSource("fieldsFromNeutral")
    void a_neutral_field_becomes_the_nats_one(Row row) {
        NatsContent content = sent(neutralMessage(row));
        assertThat(natsValue(content, row.nats)).isEqualTo(row.example);
    }

    /// Through a frame, as a client gets it.
    private static NatsContent sent(Message message) {
        NatsContent content = NatsContent.wrap(NatsMapping.stored(message, "fallback"));
        ByteBuf frame = Unpooled.buffer();
        new MessageWriter(true).write(frame, content, new byte[] {'1'});
        assertThat(frame.readableBytes()).isGreaterThan(content.payloadLength());
        return content;
    }

    private static Message neutralMessage(Row row) {
        String value = row.becomes;
        boolean header = row.neutral.startsWith(HEADER);
        byte[] body = row.neutral.equals("body") ? value.getBytes(UTF_8) : BODY;
        return new Message(
                row.neutral.equals("subject") ? value : "",
                row.neutral.equals("key") ? value.getBytes(UTF_8) : null,
                properties(row.neutral, value),
                header
                        ? List.of(new Header(row.neutral.substring(HEADER.length()), value))
                        : List.of(),
                row.neutral.equals("no value") ? null : ByteBuffer.wrap(body));
    }

    private static Message.Properties properties(String field, String value) {
        return new Message.Properties(
                field.equals("contentType") ? value : null,
                field.equals("contentEncoding") ? value : null,
                field.equals("correlationId") ? value : null,
                field.equals("replyTo") ? value : null,
                field.equals("messageId") ? value : null,
                field.equals("type") ? value : null,
                field.equals("userId") ? value : null,
                field.equals("appId") ? value : null,
                field.equals("timestampMs") ? Long.parseLong(value) : 0,
                field.equals("timeToLiveMs") ? Long.parseLong(value) : -1,
                field.equals("priority") ? Integer.parseInt(value) : -1);
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
        Header header = new Header("h", neutral(cells.get(3), cells.get(4)));
        Message message = new Message("", null, Message.Properties.NONE, List.of(header), null);
        assertThat(fields(sent(message))).contains(new NatsHeaders.Field("h", cells.get(1)));
    }

    private static Object neutral(String type, String text) {
        return switch (type) {
            case "null" -> null;
            case "byte[]" -> new byte[] {0, (byte) 0xff};
            case "Boolean" -> Boolean.valueOf(text);
            case "Byte" -> Byte.valueOf(text);
            case "Short" -> Short.valueOf(text);
            case "Integer" -> Integer.valueOf(text);
            case "Long" -> Long.valueOf(text);
            case "Float" -> Float.valueOf(text);
            case "Double" -> Double.valueOf(text);
            case "BigDecimal" -> new BigDecimal(text);
            case "Instant" -> Instant.parse(text);
            case "List" -> Arrays.asList(1, "a", null);
            case "Map" -> Map.of("n", true);
            default -> text;
        };
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
