package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.AMQImpl;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
import io.polylog.protocol.amqp091.AmqpWriter.DeliveryHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of AMQP's tables in `docs/translation.md` holds, in each direction it states. The AMQP
/// side is made and read by RabbitMQ's Java client.
class TranslationTableTest {
    private static final String HEADER = "header ";

    /// @param amqp field of a message, or type letter
    record Row(String amqp, String example, String direction, String neutral, String becomes) {
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
                .dropWhile(line -> !line.startsWith("## AMQP 0-9-1"))
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

    static Stream<Row> fieldsToNeutral() throws IOException {
        return rows("| AMQP 0-9-1").stream().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return rows("| AMQP 0-9-1").stream().filter(Row::fromNeutral);
    }

    static Stream<Row> typesToNeutral() throws IOException {
        return rows("| AMQP type").stream().filter(Row::toNeutral);
    }

    static Stream<Row> typesFromNeutral() throws IOException {
        return rows("| AMQP type").stream().filter(Row::fromNeutral);
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(rows("| AMQP 0-9-1")).hasSizeGreaterThan(15);
        assertThat(rows("| AMQP type")).hasSizeGreaterThan(15);
    }

    // Fields -------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("fieldsToNeutral")
    void an_amqp_field_becomes_the_neutral_one(Row row) {
        String routingKey = row.amqp.equals("routing-key") ? row.example : "";
        byte[] wire =
                Wire.publish(
                        1,
                        new AMQImpl.Basic.Publish(0, "e", routingKey, false, false),
                        amqpProperties(row),
                        new byte[] {1, 2, 3},
                        4088);

        Message message =
                new AmqpMapping()
                        .open(ByteBuffer.wrap(AmqpCodecTest.assemble(wire).stored()))
                        .getFirst();

        assertThat(neutralValue(message, row.neutral)).isEqualTo(row.becomes);
        if (!row.neutral.equals("no value")) {
            assertThat(message.body()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        }
        if (!row.neutral.startsWith(HEADER)) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static BasicProperties amqpProperties(Row row) {
        var builder = new BasicProperties.Builder();
        String value = row.example;
        switch (row.amqp) {
            case "routing-key" -> {}
            case "content-type" -> builder.contentType(value);
            case "content-encoding" -> builder.contentEncoding(value);
            case "correlation-id" -> builder.correlationId(value);
            case "reply-to" -> builder.replyTo(value);
            case "message-id" -> builder.messageId(value);
            case "type" -> builder.type(value);
            case "user-id" -> builder.userId(value);
            case "app-id" -> builder.appId(value);
            case "priority" -> builder.priority(Integer.valueOf(value));
            case "expiration" -> builder.expiration(value);
            case "timestamp" ->
                    builder.timestamp(Date.from(Instant.ofEpochSecond(Long.parseLong(value))));
            default -> builder.headers(Map.of(headerName(row.amqp), headerValue(value)));
        }
        return builder.build();
    }

    private static String headerName(String field) {
        assertThat(field).startsWith(HEADER);
        return field.substring(HEADER.length());
    }

    private static Object headerValue(String text) {
        if (text.equals("true")) {
            return true;
        }
        return text.matches("\\d+") ? Long.valueOf(text) : text;
    }

    private static String neutralValue(Message message, String field) {
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
            default -> String.valueOf(header(message, headerName(field)));
        };
    }

    private static Object header(Message message, String name) {
        return message.headers().stream()
                .filter(header -> header.name().equals(name))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @ParameterizedTest
    @MethodSource("fieldsFromNeutral")
    void a_neutral_field_becomes_the_amqp_one(Row row) {
        ByteBuffer stored = AmqpMapping.stored(neutralMessage(row), "fallback");
        ByteBuf out = Unpooled.buffer();
        AmqpWriter.deliver(
                out,
                1,
                new DeliveryHead(new byte[0], 1, false),
                new AmqpContent().wrap(stored),
                4096);

        var frames = Wire.frames(out);
        var deliver = (AMQImpl.Basic.Deliver) Wire.method(frames.get(0));
        assertThat(deliver.getExchange()).isEmpty();
        assertThat(
                        amqpValue(
                                deliver.getRoutingKey(),
                                (BasicProperties) Wire.header(frames.get(1)),
                                row.amqp))
                .isEqualTo(row.example);
        if (!row.neutral.equals("no value")) {
            assertThat(frames.get(2).getPayload()).isEqualTo(new byte[] {1, 2, 3});
        }
    }

    private static Message neutralMessage(Row row) {
        String value = row.becomes;
        boolean header = row.neutral.startsWith(HEADER);
        return new Message(
                row.neutral.equals("subject") ? value : "",
                row.neutral.equals("key") ? value.getBytes(UTF_8) : null,
                neutralProperties(row.neutral, value),
                header
                        ? List.of(new Header(headerName(row.neutral), headerValue(value)))
                        : List.of(),
                row.neutral.equals("no value") ? null : ByteBuffer.wrap(new byte[] {1, 2, 3}));
    }

    private static Properties neutralProperties(String field, String value) {
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

    private static String amqpValue(String routingKey, BasicProperties properties, String field) {
        return switch (field) {
            case "routing-key" -> routingKey;
            case "content-type" -> properties.getContentType();
            case "content-encoding" -> properties.getContentEncoding();
            case "correlation-id" -> properties.getCorrelationId();
            case "reply-to" -> properties.getReplyTo();
            case "message-id" -> properties.getMessageId();
            case "type" -> properties.getType();
            case "user-id" -> properties.getUserId();
            case "app-id" -> properties.getAppId();
            case "priority" -> String.valueOf(properties.getPriority());
            case "delivery-mode" -> String.valueOf(properties.getDeliveryMode());
            case "expiration" -> properties.getExpiration();
            case "timestamp" ->
                    Long.toString(properties.getTimestamp().toInstant().getEpochSecond());
            default -> String.valueOf(properties.getHeaders().get(headerName(field)));
        };
    }

    // Types of header values ---------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("typesToNeutral")
    void an_amqp_type_becomes_the_neutral_one(Row row) {
        ByteBuf table = Unpooled.buffer();
        table.writeInt(0).writeByte(1).writeByte('v').writeByte(row.amqp.charAt(0));
        writeExample(table, row);
        table.setInt(0, table.readableBytes() - 4);

        Object value = FieldTable.read(table).get("v");

        assertType(value, row.neutral);
        if (value instanceof Number number) {
            assertThat(number.toString()).isEqualTo(row.example);
        }
    }

    private static void writeExample(ByteBuf out, Row row) {
        String text = row.example;
        switch (row.amqp.charAt(0)) {
            case 't' -> out.writeBoolean(true);
            case 'b', 'B' -> out.writeByte(Integer.parseInt(text));
            case 's', 'u' -> out.writeShort(Integer.parseInt(text));
            case 'I', 'i' -> out.writeInt((int) Long.parseLong(text));
            case 'l', 'L', 'T' -> out.writeLong(Long.parseLong(text));
            case 'f' -> out.writeFloat(Float.parseFloat(text));
            case 'd' -> out.writeDouble(Double.parseDouble(text));
            case 'D' -> out.writeByte(2).writeInt(1234);
            case 'S', 'x' ->
                    out.writeInt(text.getBytes(UTF_8).length).writeBytes(text.getBytes(UTF_8));
            case 'A' -> out.writeInt(2).writeByte('t').writeByte(1);
            case 'F' -> out.writeInt(3).writeByte(1).writeByte('n').writeByte('V');
            default -> assertThat(row.amqp).isEqualTo("V");
        }
    }

    private static void assertType(Object value, String type) {
        switch (type) {
            case "null" -> assertThat(value).isNull();
            case "byte[]" -> assertThat(value).isInstanceOf(byte[].class);
            case "List" -> assertThat(value).isInstanceOf(List.class);
            case "Map" -> assertThat(value).isInstanceOf(Map.class);
            default -> assertThat(value.getClass().getSimpleName()).isEqualTo(type);
        }
    }

    @ParameterizedTest
    @MethodSource("typesFromNeutral")
    void a_neutral_type_becomes_the_amqp_one(Row row) {
        ByteBuf table = Unpooled.buffer();
        table.writeInt(0).writeByte(1).writeByte('v').writeByte(row.amqp.charAt(0));
        writeExample(table, row);
        table.setInt(0, table.readableBytes() - 4);
        Map<String, Object> read = FieldTable.read(table.duplicate());

        ByteBuf written = Unpooled.buffer();
        FieldTable.write(written, read);

        assertThat(written).isEqualTo(table);
    }

    // Beside the tables --------------------------------------------------------------------------

    @Test
    void text_too_long_for_a_property_becomes_a_header() {
        String longText = "x".repeat(300);
        Row row = new Row("header x-correlation-id", longText, "←", "correlationId", longText);
        a_neutral_field_becomes_the_amqp_one(row);
    }

    @Test
    void a_header_that_repeats_becomes_an_array() {
        Message message =
                new Message(
                        "",
                        null,
                        Properties.NONE,
                        List.of(new Header("h", 1), new Header("h", 2), new Header("h", 3)),
                        ByteBuffer.allocate(0));

        Message back = new AmqpMapping().open(AmqpMapping.stored(message, "q")).getFirst();

        assertThat(back.headers()).containsExactly(new Header("h", List.of(1, 2, 3)));
    }
}
