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
import io.polylog.protocol.TranslationTable;
import io.polylog.protocol.TranslationTable.Row;
import io.polylog.protocol.amqp091.AmqpWriter.DeliveryHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every row of AMQP's tables in `docs/translation.md` holds, in each direction it states. The AMQP
/// side is made and read by RabbitMQ's Java client.
class TranslationTableTest {
    private static Stream<Row> fields() throws IOException {
        return TranslationTable.rows("AMQP 0-9-1", "| AMQP 0-9-1");
    }

    private static Stream<Row> types() throws IOException {
        return TranslationTable.rows("AMQP 0-9-1", "| AMQP type");
    }

    static Stream<Row> fieldsToNeutral() throws IOException {
        return fields().filter(Row::toNeutral);
    }

    static Stream<Row> fieldsFromNeutral() throws IOException {
        return fields().filter(Row::fromNeutral);
    }

    static Stream<Row> typesToNeutral() throws IOException {
        return types().filter(Row::toNeutral);
    }

    static Stream<Row> typesFromNeutral() throws IOException {
        return types().filter(Row::fromNeutral);
    }

    @Test
    void the_tables_were_really_read() throws IOException {
        assertThat(fields()).hasSizeGreaterThan(15);
        assertThat(types()).hasSizeGreaterThan(15);
    }

    // Fields -------------------------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("fieldsToNeutral")
    void an_amqp_field_becomes_the_neutral_one(Row row) {
        String routingKey = row.field().equals("routing-key") ? row.example() : "";
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

        assertThat(row.of(message)).isEqualTo(row.becomes());
        if (!row.neutral().equals("no value")) {
            assertThat(message.body()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        }
        if (!row.isHeader()) {
            assertThat(message.headers()).isEmpty();
        }
    }

    private static BasicProperties amqpProperties(Row row) {
        var builder = new BasicProperties.Builder();
        String value = row.example();
        switch (row.field()) {
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
            default ->
                    builder.headers(
                            Map.of(TranslationTable.headerName(row.field()), headerValue(value)));
        }
        return builder.build();
    }

    private static Object headerValue(String text) {
        if (text.equals("true")) {
            return true;
        }
        return text.matches("\\d+") ? Long.valueOf(text) : text;
    }

    @ParameterizedTest
    @MethodSource("fieldsFromNeutral")
    void a_neutral_field_becomes_the_amqp_one(Row row) {
        Message message = row.message(new byte[] {1, 2, 3}, headerValue(row.becomes()));
        ByteBuffer stored = AmqpMapping.stored(message, "fallback");
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
                                row.field()))
                .isEqualTo(row.example());
        if (!row.neutral().equals("no value")) {
            assertThat(frames.get(2).getPayload()).isEqualTo(new byte[] {1, 2, 3});
        }
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
            default ->
                    String.valueOf(properties.getHeaders().get(TranslationTable.headerName(field)));
        };
    }

    // Types of header values ---------------------------------------------------------------------

    @ParameterizedTest
    @MethodSource("typesToNeutral")
    void an_amqp_type_becomes_the_neutral_one(Row row) {
        ByteBuf table = Unpooled.buffer();
        table.writeInt(0).writeByte(1).writeByte('v').writeByte(row.field().charAt(0));
        writeExample(table, row);
        table.setInt(0, table.readableBytes() - 4);

        Object value = FieldTable.read(table).get("v");

        assertType(value, row.neutral());
        if (value instanceof Number number) {
            assertThat(number.toString()).isEqualTo(row.example());
        }
    }

    private static void writeExample(ByteBuf out, Row row) {
        String text = row.example();
        switch (row.field().charAt(0)) {
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
            default -> assertThat(row.field()).isEqualTo("V");
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
        table.writeInt(0).writeByte(1).writeByte('v').writeByte(row.field().charAt(0));
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
