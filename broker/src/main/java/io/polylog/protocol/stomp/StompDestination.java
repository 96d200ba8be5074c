package io.polylog.protocol.stomp;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/// What a destination names, in the ways of RabbitMQ's plugin (`/queue/q`) and of Artemis (`q`).
sealed interface StompDestination {
    int MOST_NAME_BYTES = 255;
    String QUEUE = "/queue/";
    String AMQ_QUEUE = "/amq/queue/";
    String TOPIC = "/topic/";
    String EXCHANGE = "/exchange/";
    String TEMP_QUEUE = "/temp-queue/";
    String REPLY_QUEUE = "/reply-queue/";
    String SUBSCRIPTION_MARK = "::";

    /// A queue or topic by name, or `T::S`, a durable subscription; a queue is made where it is
    /// missing.
    record Queue(String name) implements StompDestination {}

    /// A queue that somebody else made: `/amq/queue/` and `/reply-queue/`.
    record Existing(String name) implements StompDestination {}

    /// A subject, or a pattern of them.
    record Topic(String subject) implements StompDestination {}

    /// An exchange and a routing key, which may be empty.
    record Exchange(String name, String key) implements StompDestination {}

    /// A queue of this connection's own, for replies.
    record Temp(String name) implements StompDestination {}

    /// Reads one.
    ///
    /// @throws StompException where it names nothing
    static StompDestination parse(String text) {
        if (text.startsWith(QUEUE)) {
            return new Queue(one(text, QUEUE));
        }
        if (text.startsWith(TOPIC)) {
            return new Topic(one(text, TOPIC));
        }
        if (text.startsWith(AMQ_QUEUE)) {
            return new Existing(one(text, AMQ_QUEUE));
        }
        if (text.startsWith(REPLY_QUEUE)) {
            return new Existing(checked(text, unescaped(text.substring(REPLY_QUEUE.length()))));
        }
        if (text.startsWith(TEMP_QUEUE)) {
            return new Temp(one(text, TEMP_QUEUE));
        }
        if (text.startsWith(EXCHANGE)) {
            return exchange(text);
        }
        if (text.startsWith("/")) {
            throw new StompException(
                    "Unknown destination",
                    "'%s' is not a valid destination. Valid are /queue/, /topic/, /exchange/,"
                                    .formatted(text)
                            + " /amq/queue/, /temp-queue/, /reply-queue/ and plain names");
        }
        return new Queue(checked(text, text));
    }

    private static StompDestination exchange(String text) {
        String[] parts = text.substring(EXCHANGE.length()).split("/", -1);
        if (parts.length > 2 || parts[0].isEmpty()) {
            throw invalid(text);
        }
        String key = parts.length == 1 ? "" : unescaped(parts[1]);
        if (!key.isEmpty()) {
            checked(text, key);
        }
        return new Exchange(checked(text, unescaped(parts[0])), key);
    }

    private static String one(String text, String prefix) {
        String rest = text.substring(prefix.length());
        if (rest.indexOf('/') >= 0) {
            throw invalid(text);
        }
        return checked(text, unescaped(rest));
    }

    private static String checked(String text, String name) {
        if (name.isEmpty() || name.getBytes(UTF_8).length > MOST_NAME_BYTES) {
            throw invalid(text);
        }
        return name;
    }

    static StompException invalid(String text) {
        return new StompException(
                "Invalid destination", "'" + text + "' is not a valid destination");
    }

    /// A name as it stands in a destination: `/` and `%` as in addresses of the web.
    static String escaped(String name) {
        return name.replace("%", "%25").replace("/", "%2F");
    }

    private static String unescaped(String part) {
        if (part.indexOf('%') < 0) {
            return part;
        }
        byte[] bytes = part.getBytes(UTF_8);
        var out = new ByteArrayOutputStream(bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            int octet = bytes[i] == '%' && i + 2 < bytes.length ? octet(bytes, i) : -1;
            out.write(octet < 0 ? bytes[i] : octet);
            i += octet < 0 ? 0 : 2;
        }
        return out.toString(UTF_8);
    }

    private static int octet(byte[] bytes, int at) {
        int high = Character.digit(bytes[at + 1], 16);
        int low = Character.digit(bytes[at + 2], 16);
        return high < 0 || low < 0 ? -1 : high * 16 + low;
    }
}
