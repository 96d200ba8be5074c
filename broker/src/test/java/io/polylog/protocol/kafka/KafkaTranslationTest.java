package io.polylog.protocol.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.TranslationTable;
import io.polylog.protocol.TranslationTable.Row;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
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
    private static final long TIME_MS = 1_600_000_000_000L;

    private static Stream<Row> fields() throws IOException {
        return TranslationTable.rows("Kafka", "| Kafka | for example");
    }

    private static Stream<Row> values() throws IOException {
        return TranslationTable.cells("Kafka", "| Kafka header |")
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
        return TranslationTable.cells("Kafka", "| Kafka | name");
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
        assertThat(row.of(message)).isEqualTo(row.becomes());
        if (!row.isHeader()) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static SimpleRecord record(Row row) {
        byte[] example = row.example().getBytes(UTF_8);
        byte[] value = row.field().equals("value") ? example : new byte[] {1, 2, 3};
        return switch (row.field()) {
            case "key" -> new SimpleRecord(TIME_MS, example, value);
            case "value" -> new SimpleRecord(TIME_MS, null, value);
            case "no value" -> new SimpleRecord(TIME_MS, new byte[1], null);
            case "timestamp" -> new SimpleRecord(Long.parseLong(row.example()), null, value);
            default -> withHeader(TranslationTable.headerName(row.field()), example);
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
        Record record = built(row.message(new byte[] {1, 2, 3}));
        assertThat(kafkaValue(record, row.field())).isEqualTo(row.example());
        int headers = row.field().startsWith("header ") ? 1 : 0;
        assertThat(record.headers()).hasSize(headers);
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
                assertThat(record.headers()[0].key()).isEqualTo(TranslationTable.headerName(field));
                yield new String(record.headers()[0].value(), UTF_8);
            }
        };
    }

    private static String text(ByteBuffer bytes) {
        return UTF_8.decode(bytes.duplicate()).toString();
    }

    // Values of headers ------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("valuesToNeutral")
    void a_header_value_becomes_the_neutral_one(Row row) {
        Header header = opened(withHeader("h", bytes(row.example()))).headers().getFirst();
        if (row.neutral().equals("null")) {
            assertThat(header.value()).isNull();
        } else {
            assertThat(header.value().getClass().getSimpleName()).isEqualTo(row.neutral());
            assertThat(header.value())
                    .isEqualTo(TranslationTable.value(row.neutral(), row.becomes()));
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
                        List.of(
                                new Header(
                                        "h", TranslationTable.value(row.neutral(), row.becomes()))),
                        ByteBuffer.allocate(0));
        assertThat(built(message).headers()[0].value()).isEqualTo(bytes(row.example()));
    }

    private static byte[] bytes(String example) {
        if (example.equals("null")) {
            return null;
        }
        return example.startsWith("bytes ")
                ? HexFormat.ofDelimiter(" ").parseHex(example.substring("bytes ".length()))
                : example.getBytes(UTF_8);
    }

    // Names ------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("names")
    void a_name_is_spelled_as_the_table_says(List<String> cells) {
        assertThat(KafkaNames.escape(cells.get(2))).isEqualTo(cells.get(1));
        assertThat(KafkaNames.topicName(cells.get(1)).name()).isEqualTo(cells.get(2));
    }
}
