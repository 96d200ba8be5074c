package io.polylog.protocol.amqp091;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Field tables (specification 4.2.5.5, with the types as RabbitMQ uses them). Values are of the
/// types that [io.polylog.message.Header] lists: unsigned integers come as the next wider type,
/// long strings as String where they are UTF-8, else as byte[].
final class FieldTable {
    /// Tables in tables in tables: deeper ones are refused, so that decoding cannot exhaust the
    /// stack.
    private static final int MOST_DEPTH = 32;

    private FieldTable() {}

    /// Reads a length and a table.
    ///
    /// @throws AmqpException SYNTAX_ERROR if the bytes are no table
    static Map<String, @Nullable Object> read(ByteBuf in) {
        return readTable(in, 0);
    }

    /// Reads a table without its length from all that is left (AMQPLAIN).
    static Map<String, @Nullable Object> readBare(ByteBuf in) {
        return readEntries(in, in.writerIndex(), 0);
    }

    private static Map<String, @Nullable Object> readTable(ByteBuf in, int depth) {
        return readEntries(in, endOf(in, depth), depth);
    }

    private static Map<String, @Nullable Object> readEntries(ByteBuf in, int end, int depth) {
        Map<String, @Nullable Object> table = new LinkedHashMap<>();
        while (in.readerIndex() < end) {
            String name = readName(in, end);
            table.put(name, readValue(in, end, depth));
        }
        return table;
    }

    private static String readName(ByteBuf in, int end) {
        int length = in.readUnsignedByte();
        need(in, length, end);
        return in.readCharSequence(length, UTF_8).toString();
    }

    private static int endOf(ByteBuf in, int depth) {
        if (depth > MOST_DEPTH) {
            throw malformed("nested deeper than " + MOST_DEPTH);
        }
        need(in, 4, in.writerIndex());
        long length = in.readUnsignedInt();
        need(in, length, in.writerIndex());
        return in.readerIndex() + (int) length;
    }

    // One case per type tag of the grammar: the table is the specification's.
    private static @Nullable Object readValue(ByteBuf in, int end, int depth) {
        need(in, 1, end);
        byte type = in.readByte();
        need(in, leastBytes(type), end);
        return switch (type) {
            case 't' -> in.readBoolean();
            case 'b' -> in.readByte();
            case 'B' -> in.readUnsignedByte();
            case 's' -> in.readShort();
            case 'u' -> in.readUnsignedShort();
            case 'I' -> in.readInt();
            case 'i' -> in.readUnsignedInt();
            case 'l', 'L' -> in.readLong();
            case 'f' -> in.readFloat();
            case 'd' -> in.readDouble();
            case 'D' -> readDecimal(in);
            case 'T' -> Instant.ofEpochSecond(boundedSeconds(in.readLong()));
            case 'S' -> textOrBytes(readBytes(in, end));
            case 'x' -> readBytes(in, end);
            case 'A' -> readArray(in, end, depth + 1);
            case 'F' -> readNested(in, end, depth + 1);
            case 'V' -> null;
            default -> throw malformed("unknown type " + (type & 0xff));
        };
    }

    /// Bytes that a value of this type takes at least.
    private static int leastBytes(byte type) {
        return switch (type) {
            case 't', 'b', 'B' -> 1;
            case 's', 'u' -> 2;
            case 'I', 'i', 'f', 'S', 'x', 'A', 'F' -> 4;
            case 'D' -> 5;
            case 'l', 'L', 'd', 'T' -> 8;
            default -> 0;
        };
    }

    private static Object readDecimal(ByteBuf in) {
        int scale = in.readUnsignedByte();
        return new BigDecimal(BigInteger.valueOf(in.readInt()), scale);
    }

    /// Instant reaches to about +-31 million years; senders of raw milliseconds stay far below.
    private static long boundedSeconds(long seconds) {
        return Math.clamp(seconds, Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond());
    }

    private static byte[] readBytes(ByteBuf in, int end) {
        long length = in.readUnsignedInt();
        need(in, length, end);
        byte[] bytes = new byte[(int) length];
        in.readBytes(bytes);
        return bytes;
    }

    static Object textOrBytes(byte[] bytes) {
        try {
            return UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notText) {
            return bytes;
        }
    }

    private static List<@Nullable Object> readArray(ByteBuf in, int outerEnd, int depth) {
        int end = innerEnd(in, outerEnd, depth);
        List<@Nullable Object> values = new ArrayList<>();
        while (in.readerIndex() < end) {
            values.add(readValue(in, end, depth));
        }
        return values;
    }

    private static Map<String, @Nullable Object> readNested(ByteBuf in, int outerEnd, int depth) {
        return readEntries(in, innerEnd(in, outerEnd, depth), depth);
    }

    private static int innerEnd(ByteBuf in, int outerEnd, int depth) {
        int end = endOf(in, depth);
        if (end > outerEnd) {
            throw malformed("longer than what holds it");
        }
        return end;
    }

    private static void need(ByteBuf in, long bytes, int end) {
        if (bytes > end - in.readerIndex()) {
            throw malformed("cut short");
        }
    }

    private static AmqpException malformed(String what) {
        return AmqpException.of(ReplyCode.SYNTAX_ERROR, "malformed field table: " + what);
    }

    /// Writes the length and the table.
    static void write(ByteBuf out, Map<?, ?> table) {
        int at = out.writerIndex();
        out.writeInt(0);
        table.forEach((name, value) -> writeEntry(out, String.valueOf(name), value));
        out.setInt(at, out.writerIndex() - at - 4);
    }

    static void writeEntry(ByteBuf out, String name, @Nullable Object value) {
        writeName(out, name);
        writeValue(out, value);
    }

    /// Writes a short string.
    static void writeName(ByteBuf out, String name) {
        byte[] bytes = AmqpCodec.shortBytes(name);
        out.writeByte(bytes.length).writeBytes(bytes);
    }

    private static void writeValue(ByteBuf out, @Nullable Object value) {
        switch (value) {
            case null -> out.writeByte('V');
            case Boolean b -> out.writeByte('t').writeBoolean(b);
            case Byte b -> out.writeByte('b').writeByte(b);
            case Short s -> out.writeByte('s').writeShort(s);
            case Integer i -> out.writeByte('I').writeInt(i);
            case Long l -> out.writeByte('l').writeLong(l);
            case Float f -> out.writeByte('f').writeFloat(f);
            case Double d -> out.writeByte('d').writeDouble(d);
            case BigDecimal d -> writeDecimal(out, d);
            case Instant t -> out.writeByte('T').writeLong(t.getEpochSecond());
            case byte[] b -> out.writeByte('x').writeInt(b.length).writeBytes(b);
            case String s -> writeText(out, s);
            case List<?> list -> writeArray(out, list);
            case Map<?, ?> map -> write(out.writeByte('F'), map);
            default -> writeText(out, value.toString());
        }
    }

    private static void writeText(ByteBuf out, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeByte('S').writeInt(bytes.length).writeBytes(bytes);
    }

    /// A decimal here has 32 bits; what does not fit goes as text rather than as another number.
    private static void writeDecimal(ByteBuf out, BigDecimal decimal) {
        boolean fits =
                decimal.scale() >= 0
                        && decimal.scale() <= 255
                        && decimal.unscaledValue().bitLength() < 32;
        if (fits) {
            out.writeByte('D').writeByte(decimal.scale());
            out.writeInt(decimal.unscaledValue().intValueExact());
        } else {
            writeText(out, decimal.toPlainString());
        }
    }

    private static void writeArray(ByteBuf out, List<?> values) {
        out.writeByte('A');
        int at = out.writerIndex();
        out.writeInt(0);
        values.forEach(value -> writeValue(out, value));
        out.setInt(at, out.writerIndex() - at - 4);
    }
}
