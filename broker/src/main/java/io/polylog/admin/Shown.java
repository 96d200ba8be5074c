package io.polylog.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.polylog.broker.Browse;
import io.polylog.broker.Browse.Seen;
import io.polylog.broker.Operations.Group;
import io.polylog.broker.Operations.Tally;
import io.polylog.broker.Trail.Cause;
import io.polylog.http.WayShown;
import io.polylog.message.Header;
import io.polylog.message.Message;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The answers as JSON has them: maps, lists, texts and numbers.
final class Shown {
    private final Desk.Codecs codecs;

    Shown(Desk.Codecs codecs) {
        this.codecs = codecs;
    }

    Map<String, @Nullable Object> page(Browse page) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("messages", page.messages().stream().map(this::message).toList());
        shown.put("next", page.next());
        shown.put("end", page.end());
        shown.put("paused", page.paused());
        if (!page.damage().isEmpty()) {
            shown.put("damage", page.damage());
        }
        return shown;
    }

    private Map<String, @Nullable Object> message(Seen seen) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("offset", seen.offset());
        shown.put("state", lower(seen.state()));
        shown.put("attempt", seen.attempt());
        if (!seen.error().isEmpty()) {
            shown.put("lastError", seen.error());
        }
        shown.put("time", time(seen.timeMs()));
        shown.putAll(WayShown.of(seen.content().envelope().trail()));
        List<Message> opened = codecs.open(seen.content());
        if (seen.batch()) {
            shown.put("records", opened.stream().map(Shown::content).toList());
        } else {
            shown.putAll(content(opened.getFirst()));
        }
        return shown;
    }

    private static Map<String, @Nullable Object> content(Message message) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("subject", message.subject());
        byte @Nullable [] key = message.key();
        if (key != null) {
            put(shown, "key", ByteBuffer.wrap(key));
        }
        Map<String, @Nullable Object> headers = new LinkedHashMap<>();
        for (Header header : message.headers()) {
            headers.put(header.name(), value(header.value()));
        }
        shown.put("headers", headers);
        if (message.properties().messageId() != null) {
            shown.put("messageId", message.properties().messageId());
        }
        if (message.properties().contentType() != null) {
            shown.put("contentType", message.properties().contentType());
        }
        ByteBuffer body = message.body();
        if (body != null) {
            put(shown, "body", body.duplicate());
        }
        return shown;
    }

    /// Text where it is some, else in base 64 under another name.
    private static void put(Map<String, @Nullable Object> shown, String name, ByteBuffer bytes) {
        try {
            shown.put(name, UTF_8.newDecoder().decode(bytes.duplicate()).toString());
        } catch (CharacterCodingException notText) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            shown.put(name + "Base64", Base64.getEncoder().encodeToString(copy));
        }
    }

    private static @Nullable Object value(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case Number number -> number;
            case Boolean flag -> flag;
            case byte[] bytes -> new String(bytes, UTF_8);
            default -> value.toString();
        };
    }

    static Map<String, @Nullable Object> group(Group group) {
        Cause cause = group.cause();
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("reason", cause == null ? null : lower(cause));
        shown.put("origin", group.origin());
        shown.put("count", group.count());
        shown.put("oldest", time(group.oldestMs()));
        shown.put("newest", time(group.newestMs()));
        return shown;
    }

    static Map<String, @Nullable Object> tally(Tally tally) {
        Map<String, @Nullable Object> shown = new LinkedHashMap<>();
        shown.put("count", tally.count());
        shown.put("targets", tally.byTarget());
        shown.put("stranded", tally.stranded());
        shown.put("damaged", tally.damaged());
        shown.put("next", tally.next());
        return shown;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String time(long timeMs) {
        return Instant.ofEpochMilli(timeMs).toString();
    }
}
