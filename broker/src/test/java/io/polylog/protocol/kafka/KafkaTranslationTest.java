package io.polylog.protocol.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.SimpleRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of Kafka's tables in `docs/translation.md` holds, in each direction it states. The
/// Kafka side is made and read by Kafka's own classes.
class KafkaTranslationTest {
    private static final String HEADER = "header ";
    private static final long TIME_MS = 1_600_000_000_000L;

    /// @param kafka field or header value
    record Row(String kafka, String example, String direction, String neutral, String becomes) {
        boolean toNeutral() {
            return direction.equals("=") || direction.equals("→");
        }

        boolean fromNeutral() {
            return direction.equals("=") || direction.equals("←");
        }
    }

    private static List<List<String>> table(String heading) throws IOException {
        Path doc = Path.of("docs/translation.md");
        String text = Files.readString(Files.exists(doc) ? doc : Path.of("..").resolve(doc));
        return text.lines()
                .dropWhile(line -> !line.equals("## Kafka"))
                .dropWhile(line -> !line.startsWith(heading))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList())
                .toList();
    }

    private static Stream<Row> fields() throws IOException {
        return table("| Kafka | for example").stream()
                .map(c -> new Row(c.get(1), c.get(2), c.get(3), c.get(4), c.get(5)));
    }

    private static Stream<Row> values() throws IOException {
        return table("| Kafka header |").stream()
                .map(c -> new Row("", c.get(1), c.get(2), c.get(3), c.get(4)));
    }

    static Stream<Row> fieldsToNeutral() throws IOException {
        return fields().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return fields().filter(Row::fromNeutral);
    }

    static Stream<Row> valuesToNeutral() throws IOException {
        return values().filter(Row::toNeutral);
    }

    static Stream<Row> valuesFromNeutral() throws IOException {
        return values().filter(Row::fromNeutral);
    }

    static Stream<List<String>> names() throws IOException {
        return table("| Kafka | name").stream();
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(fields()).hasSizeGreaterThan(15);
        assertThat(values()).hasSizeGreaterThan(12);
        assertThat(names()).hasSizeGreaterThan(3);
    }

    // Fields -----------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("fieldsToNeutral")
    void a_record_becomes_the_neutral_message(Row row) {
        Message message = opened(record(row));
        assertThat(neutralValue(message, row.neutral)).isEqualTo(row.becomes);
        if (!row.neutral.startsWith(HEADER)) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static SimpleRecord record(Row row) {
        byte[] example = row.example.getBytes(UTF_8);
        byte[] value = row.kafka.equals("value") ? example : new byte[] {1, 2, 3};
        return switch (row.kafka) {
            case "key" -> new SimpleRecord(TIME_MS, example, value);
            case "value" -> new SimpleRecord(TIME_MS, null, value);
            case "no value" -> new SimpleRecord(TIME_MS, new byte[1], null);
            case "timestamp" -> new SimpleRecord(Long.parseLong(row.example), null, value);
            default -> withHeader(headerName(row.kafka), example);
        };
    }

    private static SimpleRecord withHeader(String name, byte[] value) {
        RecordHeader[] headers = {new RecordHeader(name, value)};
        return new SimpleRecord(TIME_MS, null, new byte[] {1, 2, 3}, headers);
    }

    /// Through a batch, as a producer sends it.
    private static Message opened(SimpleRecord record) {
        ByteBuffer batch = MemoryRecords.withRecords(Compression.NONE, record).buffer();
        return KafkaBatchCodec.all().getFirst().open(batch).getFirst();
    }

    @ParameterizedTest
    @MethodSource("fieldsFromNeutral")
    void the_neutral_message_becomes_a_record(Row row) {
        Record record = built(message(row));
        assertThat(kafkaValue(record, row.kafka)).isEqualTo(row.example);
        int headers = row.kafka.startsWith(HEADER) ? 1 : 0;
        assertThat(record.headers()).hasSize(headers);
    }

    private static Message message(Row row) {
        String value = row.becomes;
        byte[] body = row.neutral.equals("body") ? value.getBytes(UTF_8) : new byte[] {1, 2, 3};
        return new Message(
                row.neutral.equals("subject") ? value : "",
                row.neutral.equals("key") ? value.getBytes(UTF_8) : null,
                properties(row.neutral, value),
                row.neutral.startsWith(HEADER)
                        ? List.of(new Header(headerName(row.neutral), value))
                        : List.of(),
                row.neutral.equals("no value") ? null : ByteBuffer.wrap(body));
    }

    private static Properties properties(String field, String value) {
        return new Properties(
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

    /// Through a batch, as a consumer gets it.
    private static Record built(Message message) {
        FetchedRecords fetched = new FetchedRecords();
        BatchBuilder builder = new BatchBuilder(fetched);
        long sent = message.properties().timestampMs();
        builder.add(7, sent > 0 ? sent : TIME_MS, KafkaMapping.tail(message));
        builder.finish();
        return KafkaBatchTest.readByKafka(fetched).getFirst();
    }

    private static String kafkaValue(Record record, String field) {
        return switch (field) {
            case "key" -> text(record.key());
            case "value" -> text(record.value());
            case "no value" -> String.valueOf(!record.hasValue());
            case "timestamp" -> Long.toString(record.timestamp());
            default -> {
                assertThat(record.headers()[0].key()).isEqualTo(headerName(field));
                yield new String(record.headers()[0].value(), UTF_8);
            }
        };
    }

    private static String neutralValue(Message message, String field) {
        Properties known = message.properties();
        return switch (field) {
            case "subject" -> message.subject();
            case "key" -> new String(message.key(), UTF_8);
            case "body" -> text(message.body());
            case "no value" -> String.valueOf(message.body() == null);
            case "contentType" -> known.contentType();
            case "contentEncoding" -> known.contentEncoding();
            case "correlationId" -> known.correlationId();
            case "replyTo" -> known.replyTo();
            case "messageId" -> known.messageId();
            case "type" -> known.type();
            case "userId" -> known.userId();
            case "appId" -> known.appId();
            case "timestampMs" -> Long.toString(known.timestampMs());
            case "timeToLiveMs" -> Long.toString(known.timeToLiveMs());
            case "priority" -> Integer.toString(known.priority());
            default -> {
                Header header = message.headers().getFirst();
                assertThat(header.name()).isEqualTo(headerName(field));
                yield String.valueOf(header.value());
            }
        };
    }

    private static String headerName(String field) {
        assertThat(field).startsWith(HEADER);
        return field.substring(HEADER.length());
    }

    private static String text(ByteBuffer bytes) {
        return UTF_8.decode(bytes.duplicate()).toString();
    }

    // Values of headers ------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("valuesToNeutral")
    void a_header_value_becomes_the_neutral_one(Row row) {
        Header header = opened(withHeader("h", bytes(row.example))).headers().getFirst();
        if (row.neutral.equals("null")) {
            assertThat(header.value()).isNull();
        } else {
            assertThat(header.value().getClass().getSimpleName()).isEqualTo(row.neutral);
            assertThat(header.value()).isEqualTo(neutral(row));
        }
    }

    @ParameterizedTest
    @MethodSource("valuesFromNeutral")
    void a_neutral_value_becomes_the_header(Row row) {
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(new Header("h", neutral(row))),
                        ByteBuffer.allocate(0));
        assertThat(built(message).headers()[0].value()).isEqualTo(bytes(row.example));
    }

    private static byte[] bytes(String example) {
        if (example.equals("null")) {
            return null;
        }
        return example.startsWith("bytes ")
                ? HexFormat.ofDelimiter(" ").parseHex(example.substring("bytes ".length()))
                : example.getBytes(UTF_8);
    }

    private static Object neutral(Row row) {
        String text = row.becomes;
        return switch (row.neutral) {
            case "null" -> null;
            case "byte[]" -> bytes(text);
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

    // Names ------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("names")
    void a_name_is_spelled_as_the_table_says(List<String> cells) {
        assertThat(KafkaNames.escape(cells.get(2))).isEqualTo(cells.get(1));
        assertThat(KafkaNames.topicName(cells.get(1)).name()).isEqualTo(cells.get(2));
    }
}
