package io.polylog.broker.command;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Header values inside a head, each with the number of its type: the types that
/// [io.polylog.message.Header] names.
final class FieldValues {
    private static final int NULL = 0;
    private static final int BOOLEAN = 1;
    private static final int BYTE = 2;
    private static final int SHORT = 3;
    private static final int INTEGER = 4;
    private static final int LONG = 5;
    private static final int FLOAT = 6;
    private static final int DOUBLE = 7;
    private static final int DECIMAL = 8;
    private static final int TEXT = 9;
    private static final int BYTES = 10;
    private static final int INSTANT = 11;
    private static final int LIST = 12;
    private static final int MAP = 13;

    private FieldValues() {}

    static void encodeMap(HeadWriter out, Map<String, @Nullable Object> map) {
        out.number(map.size());
        // In order of name, so that equal maps have equal bytes.
        map.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> {
                    out.text(entry.getKey());
                    encode(out, entry.getValue());
                });
    }

    static Map<String, @Nullable Object> decodeMap(HeadReader in) {
        int count = in.integer();
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            map.put(in.text(), decode(in));
        }
        return map;
    }

    // Long because one case is one type of value.
    static void encode(HeadWriter out, @Nullable Object value) {
        switch (value) {
            case null -> out.octet(NULL);
            case Boolean b -> out.octet(BOOLEAN).flag(b);
            case Byte b -> out.octet(BYTE).octet(b);
            case Short s -> out.octet(SHORT).signed(s);
            case Integer i -> out.octet(INTEGER).signed(i);
            case Long l -> out.octet(LONG).signed(l);
            case Float f -> out.octet(FLOAT).fixed(Float.floatToRawIntBits(f));
            case Double d -> out.octet(DOUBLE).fixed(Double.doubleToRawLongBits(d));
            case BigDecimal d ->
                    out.octet(DECIMAL).signed(d.scale()).blob(d.unscaledValue().toByteArray());
            case String s -> out.octet(TEXT).text(s);
            case byte[] b -> out.octet(BYTES).blob(b);
            case Instant i -> out.octet(INSTANT).signed(i.getEpochSecond()).number(i.getNano());
            case List<?> list -> {
                out.octet(LIST).number(list.size());
                list.forEach(element -> encode(out, element));
            }
            case Map<?, ?> map -> {
                out.octet(MAP);
                Map<String, @Nullable Object> named = new LinkedHashMap<>();
                map.forEach((name, element) -> named.put(String.valueOf(name), element));
                encodeMap(out, named);
            }
            default ->
                    throw new IllegalArgumentException(
                            "no header value: " + value.getClass().getName());
        }
    }

    static @Nullable Object decode(HeadReader in) {
        int type = in.octet();
        return switch (type) {
            case NULL -> null;
            case BOOLEAN -> in.flag();
            case BYTE -> (byte) in.octet();
            case SHORT -> (short) in.signed();
            case INTEGER -> (int) in.signed();
            case LONG -> in.signed();
            case FLOAT -> Float.intBitsToFloat((int) in.fixed());
            case DOUBLE -> Double.longBitsToDouble(in.fixed());
            case DECIMAL -> decimal((int) in.signed(), in.blob());
            case TEXT -> in.text();
            case BYTES -> in.blob();
            case INSTANT -> Instant.ofEpochSecond(in.signed(), in.number());
            case LIST -> list(in);
            case MAP -> decodeMap(in);
            default -> throw new IllegalStateException("header value of unknown type " + type);
        };
    }

    private static BigDecimal decimal(int scale, byte[] unscaled) {
        return new BigDecimal(new BigInteger(unscaled), scale);
    }

    private static List<@Nullable Object> list(HeadReader in) {
        int count = in.integer();
        List<@Nullable Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(decode(in));
        }
        return list;
    }
}
