package io.polylog.protocol.mqtt;

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
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of MQTT's tables in `docs/translation.md` holds, in each direction it states.
class MqttTranslationTest {
    private static final String USER_PROPERTY = "user property ";
    private static final byte[] BODY = {1, 2, 3};

    private static Stream<Row> fields() throws IOException {
        return TranslationTable.rows("MQTT", "| MQTT | for example");
    }

    static Stream<Row> fieldsToNeutral() throws IOException {
        return fields().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return fields().filter(Row::fromNeutral);
    }

    static Stream<List<String>> values() throws IOException {
        return TranslationTable.cells("MQTT", "| MQTT user property");
    }

    static Stream<List<String>> topics() throws IOException {
        return TranslationTable.cells("MQTT", "| MQTT topic");
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(fields()).hasSizeGreaterThan(15);
        assertThat(values()).hasSizeGreaterThan(10);
        assertThat(topics()).hasSizeGreaterThan(4);
    }

    // Fields -------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("fieldsToNeutral")
    void an_mqtt_field_becomes_the_neutral_one(Row row) {
        Message message = new MqttMapping().open(stored(row)).getFirst();
        assertThat(row.of(message)).isEqualTo(row.becomes());
        if (!row.isHeader()) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static ByteBuffer stored(Row row) {
        Properties properties = new Properties();
        String value = row.example();
        switch (row.field()) {
            case "content type" -> properties.with(Properties.CONTENT_TYPE, value);
            case "response topic" -> properties.with(Properties.RESPONSE_TOPIC, value);
            case "correlation data" ->
                    properties.with(Properties.CORRELATION_DATA, value.getBytes(UTF_8));
            case "topic", "payload", "message expiry" -> {}
            default ->
                    properties.with(
                            Properties.USER_PROPERTY, Map.entry(userProperty(row.field()), value));
        }
        byte[] payload = row.field().equals("payload") ? value.getBytes(UTF_8) : BODY;
        return MqttContent.stored(
                new MqttContent.Head(
                        1,
                        "me".getBytes(UTF_8),
                        row.field().equals("topic") ? value : "t",
                        row.field().equals("message expiry") ? Long.parseLong(value) : -1,
                        properties.list()),
                ByteBuffer.wrap(payload));
    }

    private static String userProperty(String field) {
        assertThat(field).startsWith(USER_PROPERTY);
        return field.substring(USER_PROPERTY.length());
    }

    @ParameterizedTest
    @MethodSource("fieldsFromNeutral")
    void a_neutral_field_becomes_the_mqtt_one(Row row) {
        MqttContent content = sent(row.message(BODY));
        assertThat(mqttValue(content, row.field())).isEqualTo(row.example());
    }

    /// Through a packet, as a client gets it.
    private static MqttContent sent(Message message) {
        MqttContent content = new MqttContent().wrap(MqttMapping.stored(message, "fallback"));
        ByteBuf packet = Unpooled.buffer();
        MqttWriter.publish(packet, MqttFrame.V5, MqttWriter.Head.PLAIN, content, Long.MAX_VALUE);
        assertThat(packet.isReadable()).isTrue();
        return content;
    }

    private static String mqttValue(MqttContent content, String field) {
        Properties properties = properties(content);
        return switch (field) {
            case "topic" -> content.topic();
            case "payload" -> UTF_8.decode(content.payload()).toString();
            case "message expiry" -> Long.toString(content.expirySeconds());
            case "content type" -> (String) properties.find(Properties.CONTENT_TYPE);
            case "response topic" -> (String) properties.find(Properties.RESPONSE_TOPIC);
            case "correlation data" ->
                    new String((byte[]) properties.find(Properties.CORRELATION_DATA), UTF_8);
            default -> {
                Object pair = properties.find(Properties.USER_PROPERTY);
                Map.Entry<?, ?> found = (Map.Entry<?, ?>) pair;
                assertThat(found.getKey()).isEqualTo(userProperty(field));
                yield (String) found.getValue();
            }
        };
    }

    private static Properties properties(MqttContent content) {
        ByteBuf list = Unpooled.buffer();
        Varint.write(list, content.propertiesLength());
        content.writeProperties(list);
        return Properties.read(list, Properties.IN_PUBLISH);
    }

    // Values of headers --------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("values")
    void a_header_value_becomes_text(List<String> cells) {
        Header header = new Header("h", TranslationTable.value(cells.get(3), cells.get(4)));
        Message message = new Message("", null, Message.Properties.NONE, List.of(header), null);
        Properties properties = properties(sent(message));
        assertThat(properties.entries().getLast().value()).isEqualTo(Map.entry("h", cells.get(1)));
    }

    // Topics -------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("topics")
    void a_topic_is_the_subject_that_the_table_says(List<String> cells) {
        assertThat(TopicNames.subject(cells.get(1))).isEqualTo(cells.get(2));
        assertThat(TopicNames.topic(cells.get(2))).isEqualTo(cells.get(1));
    }

    // Beside the tables --------------------------------------------------------------------------

    @Test
    void correlation_data_that_is_no_text_becomes_a_header_of_bytes() {
        byte[] data = {(byte) 0xff, 0};
        Properties properties = new Properties().with(Properties.CORRELATION_DATA, data);
        ByteBuffer stored =
                MqttContent.stored(
                        new MqttContent.Head(0, new byte[0], "t", -1, properties.list()),
                        ByteBuffer.allocate(0));

        Message message = new MqttMapping().open(stored).getFirst();

        assertThat(message.properties().correlationId()).isNull();
        assertThat(message.headers().getFirst().value()).isEqualTo(data);
    }

    @Test
    void user_properties_keep_their_order_and_may_repeat() {
        Properties properties = new Properties();
        for (String value : List.of("2", "1", "3")) {
            properties.with(Properties.USER_PROPERTY, Map.entry("a", value));
        }
        ByteBuffer stored =
                MqttContent.stored(
                        new MqttContent.Head(0, new byte[0], "t", -1, properties.list()),
                        ByteBuffer.allocate(0));

        assertThat(new MqttMapping().open(stored).getFirst().headers())
                .containsExactly(new Header("a", "2"), new Header("a", "1"), new Header("a", "3"));
    }
}
