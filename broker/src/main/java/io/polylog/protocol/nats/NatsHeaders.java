package io.polylog.protocol.nats;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The headers of a message, in their order; names may repeat. What HPUB carries is a first line
/// with the version and perhaps a status, a line for each header, and an empty one (ADR-4). One
/// thread.
public final class NatsHeaders {
    private static final String VERSION = "NATS/1.0";
    private static final String END = "\r\n";

    /// Names under which clients show what the first line says beside the version.
    static final String STATUS = "Status";

    static final String DESCRIPTION = "Description";
    private static final int STATUS_DIGITS = 3;
    private static final byte[] NONE = {};

    private final List<Field> fields = new ArrayList<>();

    public record Field(String name, String value) {}

    /// What a name may have: visible ASCII without a colon. Other bytes are spelled, and so is an
    /// underscore that would begin a group.
    private static final Pattern SPELLED = Pattern.compile("(?:_x[0-9A-F]{2})+");

    private static final Pattern ALIKE = Pattern.compile("_(?=x[0-9A-F]{2})");

    /// The name that others see.
    static String neutral(String name) {
        if (name.indexOf("_x") < 0) {
            return name;
        }
        return SPELLED.matcher(name)
                .replaceAll(found -> Matcher.quoteReplacement(bytes(found.group())));
    }

    private static String bytes(String groups) {
        return new String(HexFormat.of().parseHex(groups.replace("_x", "")), UTF_8);
    }

    /// The name for what others call a header.
    static String name(String neutral) {
        boolean plain =
                neutral.indexOf("_x") < 0 && neutral.chars().allMatch(NatsHeaders::isOfName);
        if (plain) {
            return neutral;
        }
        StringBuilder name = new StringBuilder();
        for (byte letter : ALIKE.matcher(neutral).replaceAll("_x5F").getBytes(UTF_8)) {
            if (isOfName(letter)) {
                name.append((char) letter);
            } else {
                name.append("_x").append(HexFormat.of().withUpperCase().toHexDigits(letter));
            }
        }
        return name.toString();
    }

    private static boolean isOfName(int letter) {
        return letter > ' ' && letter < 0x7f && letter != ':';
    }

    /// Reads them; lines that are none are left out, as clients do.
    public static NatsHeaders read(byte[] block) {
        NatsHeaders headers = new NatsHeaders();
        if (block.length == 0) {
            return headers;
        }
        String[] lines = new String(block, UTF_8).split("\r?\n");
        if (lines.length == 0 || !lines[0].startsWith(VERSION)) {
            return headers;
        }
        headers.status(lines[0].substring(VERSION.length()).strip());
        for (int i = 1; i < lines.length; i++) {
            int colon = lines[i].indexOf(':');
            if (colon > 0) {
                headers.add(lines[i].substring(0, colon), lines[i].substring(colon + 1).strip());
            }
        }
        return headers;
    }

    private void status(String text) {
        if (text.length() >= STATUS_DIGITS) {
            add(STATUS, text.substring(0, STATUS_DIGITS));
            String description = text.substring(STATUS_DIGITS).strip();
            if (!description.isEmpty()) {
                add(DESCRIPTION, description);
            }
        }
    }

    public void add(String name, String value) {
        fields.add(new Field(name, value));
    }

    /// The same with one more where there is none of that name, as bytes.
    public static byte[] with(byte[] block, String name, String value) {
        NatsHeaders headers = read(block);
        boolean there = headers.fields.stream().anyMatch(f -> f.name.equalsIgnoreCase(name));
        if (there || !isSayable(name, value)) {
            return block;
        }
        headers.add(name, value);
        return headers.block();
    }

    /// The same without some, as bytes.
    public static byte[] without(byte[] block, Predicate<String> names) {
        if (block.length == 0) {
            return block;
        }
        NatsHeaders headers = read(block);
        return headers.fields.removeIf(field -> names.test(field.name)) ? headers.block() : block;
    }

    public List<Field> fields() {
        return fields;
    }

    /// The first value of each name, in exactly its letters.
    public Map<String, String> firstValues() {
        Map<String, String> values = new HashMap<>();
        for (Field field : fields) {
            values.putIfAbsent(field.name, field.value);
        }
        return values;
    }

    /// The first value of a name, in exactly its letters; null where there is none.
    public @Nullable String first(String name) {
        for (Field field : fields) {
            if (field.name.equals(name)) {
                return field.value;
            }
        }
        return null;
    }

    /// As HPUB carries them; nothing for none.
    public byte[] block() {
        if (fields.isEmpty()) {
            return NONE;
        }
        StringBuilder block = new StringBuilder(VERSION).append(END);
        for (Field field : fields) {
            block.append(field.name).append(": ").append(field.value).append(END);
        }
        return block.append(END).toString().getBytes(UTF_8);
    }

    /// Whether a header can be said: visible ASCII without a colon as its name, no control
    /// characters but tabs in its value.
    static boolean isSayable(String name, String value) {
        return !name.isEmpty()
                && name.chars().allMatch(NatsHeaders::isOfName)
                && value.chars().allMatch(c -> (c >= ' ' && c != 0x7f) || c == '\t');
    }
}
