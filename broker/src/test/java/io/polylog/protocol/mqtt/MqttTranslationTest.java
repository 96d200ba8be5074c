package io.polylog.protocol.mqtt;

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

/// Every row of MQTT's tables in `docs/translation.md` holds, in each direction it states.
class MqttTranslationTest {
    private static final String HEADER = "header ";
    private static final String USER_PROPERTY = "user property ";
    private static final byte[] BODY = {1, 2, 3};

    /// @param mqtt part of a message
    record Row(String mqtt, String example, String direction, String neutral, String becomes) {
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
                .dropWhile(line -> !line.equals("## MQTT"))
                .dropWhile(line -> !line.startsWith(heading))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList());
    }

    private static Stream<Row> fields() throws IOException {
        return table("| MQTT | for example")
                .map(c -> new Row(c.get(1), c.get(2), c.get(3), c.get(4), c.get(5)));
    }

    static Stream<Row> fieldsToNeutral() throws IOException {
        return fields().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return fields().filter(Row::fromNeutral);
    }

    static Stream<List<String>> values() throws IOException {
        return table("| MQTT user property");
    }

    static Stream<List<String>> topics() throws IOException {
        return table("| MQTT topic");
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
        assertThat(neutralValue(message, row.neutral)).isEqualTo(row.becomes);
        if (!row.neutral.startsWith(HEADER)) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static ByteBuffer stored(Row row) {
        Properties properties = new Properties();
        String value = row.example;
        switch (row.mqtt) {
            case "content type" -> properties.with(Properties.CONTENT_TYPE, value);
            case "response topic" -> properties.with(Properties.RESPONSE_TOPIC, value);
            case "correlation data" ->
                    properties.with(Properties.CORRELATION_DATA, value.getBytes(UTF_8));
            case "topic", "payload", "message expiry" -> {}
            default ->
                    properties.with(
                            Properties.USER_PROPERTY, Map.entry(userProperty(row.mqtt), value));
        }
        byte[] payload = row.mqtt.equals("payload") ? value.getBytes(UTF_8) : BODY;
        return MqttContent.stored(
                new MqttContent.Head(
                        1,
                        "me".getBytes(UTF_8),
                        row.mqtt.equals("topic") ? value : "t",
                        row.mqtt.equals("message expiry") ? Long.parseLong(value) : -1,
                        properties.list()),
                ByteBuffer.wrap(payload));
    }

    private static String userProperty(String field) {
        assertThat(field).startsWith(USER_PROPERTY);
        return field.substring(USER_PROPERTY.length());
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
    void a_neutral_field_becomes_the_mqtt_one(Row row) {
        MqttContent content = sent(neutralMessage(row));
        assertThat(mqttValue(content, row.mqtt)).isEqualTo(row.example);
    }

    /// Through a packet, as a client gets it.
    private static MqttContent sent(Message message) {
        MqttContent content = new MqttContent().wrap(MqttMapping.stored(message, "fallback"));
        ByteBuf packet = Unpooled.buffer();
        MqttWriter.publish(packet, MqttFrame.V5, MqttWriter.Head.PLAIN, content, Long.MAX_VALUE);
        assertThat(packet.isReadable()).isTrue();
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
        Header header = new Header("h", neutral(cells.get(3), cells.get(4)));
        Message message = new Message("", null, Message.Properties.NONE, List.of(header), null);
        Properties properties = properties(sent(message));
        assertThat(properties.entries().getLast().value()).isEqualTo(Map.entry("h", cells.get(1)));
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
