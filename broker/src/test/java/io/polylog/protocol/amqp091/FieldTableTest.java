package io.polylog.protocol.amqp091;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.impl.LongStringHelper;
import com.rabbitmq.client.impl.ValueReader;
import com.rabbitmq.client.impl.ValueWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldTableTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_700_000_000L);

    /// One of each type, as the Java client has them.
    private static Map<String, Object> theirs() {
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("flag", true);
        table.put("byte", (byte) -7);
        table.put("short", (short) -300);
        table.put("int", 70_000);
        table.put("long", 1L << 40);
        table.put("float", 1.5f);
        table.put("double", 2.5);
        table.put("decimal", new BigDecimal("12.34"));
        table.put("text", LongStringHelper.asLongString("grüße"));
        table.put("bytes", new byte[] {1, 2});
        table.put("time", Date.from(TIME));
        table.put("nothing", null);
        table.put("list", Arrays.asList(1, LongStringHelper.asLongString("two"), null));
        table.put("table", Map.of("inner", 1));
        return table;
    }

    /// The same, as we have them.
    private static Map<String, Object> ours() {
        Map<String, Object> table = new LinkedHashMap<>(theirs());
        table.put("text", "grüße");
        table.put("time", TIME);
        table.put("list", Arrays.asList(1, "two", null));
        return table;
    }

    @Test
    void every_type_the_client_writes_is_read() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ValueWriter writer = new ValueWriter(new DataOutputStream(bytes));
        writer.writeTable(theirs());
        writer.flush();

        Map<String, Object> read = FieldTable.read(Unpooled.wrappedBuffer(bytes.toByteArray()));

        assertThat(read).usingRecursiveComparison().isEqualTo(ours());
        assertThat(TableScan.notable(Unpooled.wrappedBuffer(bytes.toByteArray()))).isZero();
    }

    @Test
    void every_type_we_write_is_read_by_the_client() throws IOException {
        ByteBuf out = Unpooled.buffer();
        FieldTable.write(out, ours());

        var in = new ByteArrayInputStream(ByteBufUtil.getBytes(out));
        Map<String, Object> read = new ValueReader(new DataInputStream(in)).readTable();

        assertThat(read).usingRecursiveComparison().isEqualTo(theirs());
    }

    @Test
    void unsigned_numbers_keep_their_value() {
        ByteBuf in = Unpooled.buffer();
        in.writeInt(16);
        in.writeByte(1).writeByte('a').writeByte('B').writeByte(200);
        in.writeByte(1).writeByte('b').writeByte('u').writeShort(60_000);
        in.writeByte(1).writeByte('c').writeByte('i').writeInt((int) 4_000_000_000L);

        assertThat(FieldTable.read(in))
                .containsEntry("a", (short) 200)
                .containsEntry("b", 60_000)
                .containsEntry("c", 4_000_000_000L);
    }

    @Test
    void text_that_is_not_utf_8_is_kept_as_bytes() {
        ByteBuf in = Unpooled.buffer();
        in.writeInt(8).writeByte(1).writeByte('a').writeByte('S').writeInt(1).writeByte(0xff);

        assertThat(FieldTable.read(in).get("a")).isEqualTo(new byte[] {(byte) 0xff});
    }

    @Test
    void a_decimal_that_does_not_fit_goes_as_text() throws IOException {
        ByteBuf out = Unpooled.buffer();
        FieldTable.write(out, Map.of("n", new BigDecimal("12345678901234567890")));

        assertThat(FieldTable.read(out)).containsEntry("n", "12345678901234567890");
    }

    @Test
    void tables_nested_too_deep_are_refused_without_a_stack_overflow() {
        ByteBuf nested = Unpooled.buffer();
        for (int i = 0; i < 10_000; i++) {
            nested.writeInt((10_000 - i) * 7).writeByte(1).writeByte('a').writeByte('F');
        }
        assertRefused(nested);
    }

    @Test
    void lists_nested_too_deep_are_refused_without_a_stack_overflow() {
        ByteBuf nested = Unpooled.buffer();
        nested.writeInt(10_000 * 5 + 3).writeByte(1).writeByte('a').writeByte('A');
        for (int i = 0; i < 10_000; i++) {
            nested.writeInt((10_000 - i) * 5 - 4).writeByte('A');
        }
        assertRefused(nested);
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 1000, Integer.MAX_VALUE, 0xFFFF_FFFFL})
    void a_length_beyond_the_bytes_that_are_there_is_refused(long length) {
        assertRefused(Unpooled.buffer().writeInt((int) length).writeInt(0));
        assertRefused(
                Unpooled.buffer()
                        .writeInt(12)
                        .writeByte(1)
                        .writeByte('a')
                        .writeByte('S')
                        .writeInt((int) length)
                        .writeInt(0)
                        .writeByte(0));
    }

    @Test
    void every_cut_of_a_table_is_refused() {
        ByteBuf whole = Unpooled.buffer();
        FieldTable.write(whole, ours());
        for (int length = 4; length < whole.readableBytes(); length++) {
            ByteBuf cut = Unpooled.copiedBuffer(whole.slice(0, length));
            cut.setInt(0, length - 4);
            if (isAtEntry(length)) {
                continue;
            }
            assertRefused(cut);
        }
    }

    /// Whether a table of this length ends between two entries: then it is a shorter table.
    private static boolean isAtEntry(int length) {
        Map<String, Object> so = new LinkedHashMap<>();
        List<Integer> ends = new ArrayList<>(List.of(4));
        ours().forEach((name, value) -> {
            so.put(name, value);
            ByteBuf out = Unpooled.buffer();
            FieldTable.write(out, so);
            ends.add(out.readableBytes());
        });
        return ends.contains(length);
    }

    private static void assertRefused(ByteBuf table) {
        int start = table.readerIndex();
        assertThatThrownBy(() -> FieldTable.read(table))
                .isInstanceOf(AmqpException.class)
                .hasMessageContaining("SYNTAX_ERROR");
        table.readerIndex(start);
        assertThatThrownBy(() -> TableScan.notable(table))
                .isInstanceOf(AmqpException.class)
                .hasMessageContaining("SYNTAX_ERROR");
    }

    @Test
    void the_scan_finds_the_headers_that_mean_something() {
        ByteBuf out = Unpooled.buffer();
        FieldTable.write(
                out, Map.of("CC", List.of("a"), "x-key", "k", "deep", Map.of("BCC", "no")));

        assertThat(TableScan.notable(out))
                .isEqualTo(TableScan.bit(TableScan.CC) | TableScan.bit(TableScan.KEY));
    }
}
