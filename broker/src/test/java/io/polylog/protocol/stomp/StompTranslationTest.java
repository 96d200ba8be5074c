package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.stomp.StompFrame.Headers;
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

/// Every row of STOMP's tables in `docs/translation.md` holds, in each direction it states.
class StompTranslationTest {
    private static final String HEADER = "header ";
    private static final ByteBuffer BODY = ByteBuffer.wrap(new byte[] {1, 2, 3});

    /// @param stomp a header, or `destination`
    record Row(String stomp, String example, String direction, String neutral, String becomes) {
        boolean toNeutral() {
            return direction.equals("=") || direction.equals("→");
        }

        boolean fromNeutral() {
            return direction.equals("=") || direction.equals("←");
        }
    }

    private static List<Row> rows(String heading) throws IOException {
        Path doc = Path.of("docs/translation.md");
        String text = Files.readString(Files.exists(doc) ? doc : Path.of("..").resolve(doc));
        return text.lines()
                .dropWhile(line -> !line.startsWith("## STOMP"))
                .dropWhile(line -> !line.startsWith(heading))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
                .map(cells ->
                        new Row(
                                cells.get(1),
                                cells.get(2),
                                cells.get(3),
                                cells.get(4),
                                cells.size() > 5 ? cells.get(5) : ""))
                .toList();
    }

    static Stream<Row> toNeutral() throws IOException {
        return rows("| STOMP |").stream().filter(Row::toNeutral);
    }

    static Stream<Row> fromNeutral() throws IOException {
        return rows("| STOMP |").stream().filter(Row::fromNeutral);
    }

    static Stream<Row> values() throws IOException {
        return rows("| STOMP header").stream();
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(rows("| STOMP |")).hasSizeGreaterThan(15);
        assertThat(rows("| STOMP header")).hasSizeGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource("toNeutral")
    void a_stomp_header_becomes_the_neutral_field(Row row) {
        Headers headers = new Headers();
        boolean address = row.stomp.equals("destination");
        if (!address) {
            headers.add(row.stomp, row.example);
        }
        ByteBuffer stored = StompContent.of(address ? row.example : "", headers, BODY);

        Message message = new StompMapping().open(stored).getFirst();

        assertThat(neutral(message, row.neutral)).isEqualTo(row.becomes);
        if (!row.neutral.equals("no value")) {
            assertThat(message.body()).isEqualTo(BODY);
        }
        if (!row.neutral.startsWith(HEADER)) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static String neutral(Message message, String field) {
        Properties known = message.properties();
        return switch (field) {
            case "subject" -> message.subject();
            case "key" -> new String(Objects.requireNonNull(message.key()), UTF_8);
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
            default -> (String) user(message, field.substring(HEADER.length()));
        };
    }

    private static Object user(Message message, String name) {
        return message.headers().stream()
                .filter(header -> header.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @ParameterizedTest
    @MethodSource("fromNeutral")
    void a_neutral_field_becomes_the_stomp_header(Row row) {
        StompContent content =
                StompContent.wrap(StompMapping.stored(neutral(row), "/topic/" + row.becomes));

        String value =
                row.stomp.equals("destination")
                        ? content.destination()
                        : content.headers().first(row.stomp);
        assertThat(value).isEqualTo(row.example);
        assertThat(content.body()).isEqualTo(row.neutral.equals("no value") ? empty() : BODY);
    }

    private static ByteBuffer empty() {
        return ByteBuffer.allocate(0);
    }

    private static Message neutral(Row row) {
        String value = row.becomes;
        String field = row.neutral;
        boolean header = field.startsWith(HEADER);
        Properties properties =
                new Properties(
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
        return new Message(
                field.equals("subject") ? value : "",
                field.equals("key") ? value.getBytes(UTF_8) : null,
                properties,
                header ? List.of(new Header(field.substring(HEADER.length()), value)) : List.of(),
                field.equals("no value") ? null : BODY);
    }

    @ParameterizedTest
    @MethodSource("values")
    void a_neutral_value_becomes_a_stomp_header(Row row) {
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(new Header("v", value(row.neutral, row.becomes))),
                        BODY);

        String text = StompContent.wrap(StompMapping.stored(message, "q")).headers().first("v");

        assertThat(text == null ? "nothing" : text).isEqualTo(row.stomp);
    }

    private static Object value(String type, String text) {
        return switch (type) {
            case "String" -> text;
            case "Boolean" -> Boolean.valueOf(text);
            case "Byte" -> Byte.valueOf(text);
            case "Short" -> Short.valueOf(text);
            case "Integer" -> Integer.valueOf(text);
            case "Long" -> Long.valueOf(text);
            case "Float" -> Float.valueOf(text);
            case "Double" -> Double.valueOf(text);
            case "BigDecimal" -> new BigDecimal(text);
            case "Instant" -> Instant.parse(text);
            case "byte[]" -> text.equals("bytes 00 ff") ? new byte[] {0, -1} : text.getBytes(UTF_8);
            case "List" -> List.of(1);
            case "Map" -> Map.of("n", 1);
            default -> null;
        };
    }

    @Test
    void what_would_break_a_frame_or_pass_for_the_brokers_own_word_is_left_out() {
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(
                                new Header("a\0b", "x"),
                                new Header("c", "x\0y"),
                                new Header("", "x"),
                                new Header("message-id", "x"),
                                new Header("content-length", "1"),
                                new Header("priority", "high")),
                        BODY);

        Headers headers = StompContent.wrap(StompMapping.stored(message, "q")).headers();

        assertThat(headers.size()).isEqualTo(2);
        assertThat(headers.first("persistent")).isEqualTo("true");
        assertThat(headers.first("priority")).isEqualTo("high");
    }
}
