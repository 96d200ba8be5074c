package io.polylog.protocol;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.polylog.message.Header;
import io.polylog.message.Message;
import io.polylog.message.Message.Properties;
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

/// The tables of `docs/translation.md`, for tests that hold a protocol to each row of its own, and
/// what the words of their neutral side mean.
public final class TranslationTable {
    private static final String HEADER = "header ";

    private TranslationTable() {}

    /// A row that says what becomes of a field.
    ///
    /// @param field of the protocol
    /// @param example what it holds
    /// @param direction `=`, `→` or `←`
    /// @param neutral field of a [Message], or `header NAME`
    /// @param becomes what that holds
    public record Row(
            String field, String example, String direction, String neutral, String becomes) {
        public boolean toNeutral() {
            return direction.equals("=") || direction.equals("→");
        }

        public boolean fromNeutral() {
            return direction.equals("=") || direction.equals("←");
        }

        /// Whether the neutral field is a header of the user's.
        public boolean isHeader() {
            return neutral.startsWith(HEADER);
        }

        /// A message with the neutral field, and nothing else but a body.
        public Message message(byte[] body) {
            return message(body, becomes);
        }

        /// As [#message(byte[])], with a header that holds something else than text.
        public Message message(byte[] body, Object headerValue) {
            byte[] own = neutral.equals("body") ? becomes.getBytes(UTF_8) : body;
            return new Message(
                    is("subject") ? becomes : "",
                    is("key") ? becomes.getBytes(UTF_8) : null,
                    properties(),
                    isHeader() ? List.of(new Header(headerName(neutral), headerValue)) : List.of(),
                    is("no value") ? null : ByteBuffer.wrap(own));
        }

        private Properties properties() {
            return new Properties(
                    text("contentType"),
                    text("contentEncoding"),
                    text("correlationId"),
                    text("replyTo"),
                    text("messageId"),
                    text("type"),
                    text("userId"),
                    text("appId"),
                    is("timestampMs") ? Long.parseLong(becomes) : 0,
                    is("timeToLiveMs") ? Long.parseLong(becomes) : -1,
                    is("priority") ? Integer.parseInt(becomes) : -1);
        }

        private boolean is(String name) {
            return neutral.equals(name);
        }

        private String text(String name) {
            return is(name) ? becomes : null;
        }

        /// What the neutral field of a message holds.
        public String of(Message message) {
            Properties known = message.properties();
            return switch (neutral) {
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
                default -> String.valueOf(header(message, headerName(neutral)));
            };
        }

        private static Object header(Message message, String name) {
            return message.headers().stream()
                    .filter(header -> header.name().equals(name))
                    .findFirst()
                    .orElseThrow()
                    .value();
        }
    }

    /// The cells of a table's rows, the first of each at 1.
    ///
    /// @param section its heading, without the number signs
    /// @param heading how the table's first line begins
    public static Stream<List<String>> cells(String section, String heading) throws IOException {
        Path doc = Path.of("docs/translation.md");
        String text = Files.readString(Files.exists(doc) ? doc : Path.of("..").resolve(doc));
        return text.lines()
                .dropWhile(line -> !line.equals("## " + section))
                .dropWhile(line -> !line.startsWith(heading))
                .takeWhile(line -> line.startsWith("|"))
                .skip(2)
                .map(line -> Arrays.stream(line.split("\\|")).map(String::strip).toList());
    }

    /// As [#cells], of a table of fields.
    public static Stream<Row> rows(String section, String heading) throws IOException {
        return cells(section, heading)
                .map(c ->
                        new Row(
                                c.get(1),
                                c.get(2),
                                c.get(3),
                                c.get(4),
                                c.size() > 5 ? c.get(5) : ""));
    }

    /// The name in `header NAME`.
    public static String headerName(String field) {
        assertThat(field).startsWith(HEADER);
        return field.substring(HEADER.length());
    }

    /// The value of a header that a row names by its type and as text.
    public static Object value(String type, String text) {
        return switch (type) {
            case "null" -> null;
            case "byte[]" -> text.startsWith("bytes ") ? new byte[] {0, -1} : text.getBytes(UTF_8);
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
}
